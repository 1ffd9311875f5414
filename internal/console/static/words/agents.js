export const en = {
  'title': 'Agents', 'lead': 'Each agent has tables of its own, which only its keys open.', 'create': 'New agent', 'create.go': 'Create', 'first.key': 'Its first key may do everything and never expires. Change that',
  'name': 'Name', 'name.hint': 'Up to 64 characters, such as the name of the program or of the team.', 'id': 'Id', 'created': 'Created', 'tables': 'Tables', 'records': 'Records', 'size': 'Size', 'actions': 'Actions',
  'none': 'No agents', 'none.text': 'Make an agent, and give its key to a program.', 'none.page': 'There are none on this page.', 'first': 'To the first page',
  'total': { one: '{n} agent', other: '{n} agents' }, 'pages': 'Pages', 'previous': 'Previous', 'next': 'Next', 'page': 'Page {page} of {last}, {total} agents',
  'delete': 'Delete agent', 'delete.of': 'Delete {name}', 'delete.title': 'Delete the agent {name}?', 'delete.text': 'Its tables, all their records and all its keys are removed. There is no way back.', 'delete.go': 'Delete for good', 'deleted': '{name} was deleted.',
  'keyless': 'The agent {name} was made, but not its key: {reason}',
  'keys': 'Keys', 'questions': 'Questions', 'imports': 'Imports', 'new.key': 'New key', 'create.key': 'Create key', 'keys.none': 'No keys', 'keys.none.text': 'Without a key nobody reaches the tables of this agent.',
  'key': 'Key', 'scopes': 'Scopes', 'expires': 'Expires', 'never': 'never', 'expired': 'expired', 'used': 'Last used', 'unused': 'never', 'rpm': 'Per minute', 'any': 'any number', 'since': 'Agent since',
  'revoke': 'Revoke', 'revoke.of': 'Revoke {id}', 'revoke.title': 'Revoke the key {id}?', 'revoke.text': 'Programs that use it are refused from now on. It cannot be made valid again.', 'revoked': 'The key {id} was revoked.',
  'table': 'Table', 'tables.none': 'No tables', 'tables.none.text': 'The agent has made no table yet.', 'whole': 'In all: {tables} tables, {records} records, {bytes}', 'whole.unknown': 'In all: {tables} tables, {records} records',
  'used.hint': 'The last use is noted about once a minute.',
}

export const zh = {
  'title': '智能体', 'lead': '每个智能体拥有自己的数据表，只有它的密钥才能访问。', 'create': '新建智能体', 'create.go': '新建', 'first.key': '它的首个密钥拥有全部权限且永不过期。修改设置',
  'name': '名称', 'name.hint': '最多 64 个字符，例如程序或团队的名称。', 'id': 'ID', 'created': '创建时间', 'tables': '数据表', 'records': '记录', 'size': '大小', 'actions': '操作',
  'none': '没有智能体', 'none.text': '新建一个智能体，并将其密钥交给程序使用。', 'none.page': '此页没有内容。', 'first': '转到第一页',
  'total': { other: '共 {n} 个智能体' }, 'pages': '分页', 'previous': '上一页', 'next': '下一页', 'page': '第 {page} / {last} 页，共 {total} 个智能体',
  'delete': '删除智能体', 'delete.of': '删除 {name}', 'delete.title': '删除智能体 {name}？', 'delete.text': '它的数据表、全部记录和全部密钥都会被移除，且无法恢复。', 'delete.go': '永久删除', 'deleted': '已删除 {name}。',
  'keyless': '智能体 {name} 已新建，但未能新建密钥：{reason}',
  'keys': '密钥', 'questions': '查询记录', 'imports': '导入记录', 'new.key': '新建密钥', 'create.key': '新建密钥', 'keys.none': '没有密钥', 'keys.none.text': '没有密钥，任何人都无法访问此智能体的数据表。',
  'key': '密钥', 'scopes': '权限', 'expires': '到期时间', 'never': '永不过期', 'expired': '已过期', 'used': '上次使用', 'unused': '从未使用', 'rpm': '每分钟', 'any': '不限', 'since': '创建于',
  'revoke': '吊销', 'revoke.of': '吊销 {id}', 'revoke.title': '吊销密钥 {id}？', 'revoke.text': '使用它的程序将立即被拒绝，且无法恢复。', 'revoked': '密钥 {id} 已吊销。',
  'table': '数据表', 'tables.none': '没有数据表', 'tables.none.text': '此智能体还没有数据表。', 'whole': '合计：{tables} 个数据表，{records} 条记录，{bytes}', 'whole.unknown': '合计：{tables} 个数据表，{records} 条记录',
  'used.hint': '上次使用时间大约每分钟记录一次。',
}
