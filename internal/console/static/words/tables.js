export const en = {
  'title': 'Tables', 'lead': 'What the agent knows, in tables.', 'search': 'Search tables', 'create': 'Create table', 'connect': 'Connect an agent',
  'count': { one: '{n} table', other: '{n} tables' }, 'found': '{n} of {of}', 'name': 'Name', 'records': 'Records', 'fields': 'Fields', 'actions': 'Actions', 'more': 'More about {table}', 'change': 'Change fields', 'drop': 'Drop table', 'show.more': 'Show {n} more',
  'empty.title': 'No tables yet', 'empty.text': 'Create one from a file or by hand, or let an agent make it through MCP or a client library.', 'empty.readonly': 'This key may not make tables. An agent with a key of the scope schema can, through MCP or a client library.',
  'none.title': 'No such table', 'none.text': 'No name and no description contains this.',
}

export const zh = {
  'title': '数据表', 'lead': '智能体以数据表的形式保存的内容。', 'search': '搜索数据表', 'create': '新建数据表', 'connect': '接入智能体',
  'count': { other: '共 {n} 个数据表' }, 'found': '{n} / {of}', 'name': '名称', 'records': '记录数', 'fields': '字段数', 'actions': '操作', 'more': '{table} 的更多操作', 'change': '修改字段', 'drop': '删除数据表', 'show.more': '再显示 {n} 个',
  'empty.title': '还没有数据表', 'empty.text': '可以通过文件或手动新建，也可以让智能体经由 MCP 或客户端库新建。', 'empty.readonly': '此密钥无权新建数据表。具有 schema 权限密钥的智能体可以经由 MCP 或客户端库新建。',
  'none.title': '没有匹配的数据表', 'none.text': '没有名称或说明包含此内容的数据表。',
}
