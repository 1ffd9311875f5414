export const en = {
  'scopes': 'What it may do', 'scope.read': 'read: read records, ask questions', 'scope.write': 'write: import, change and delete records', 'scope.schema': 'schema: make, change and drop tables',
  'expiry': 'Expires', 'never': 'never', 'days': { one: 'in {n} day', other: 'in {n} days' }, 'custom': 'at a time of your choice', 'until': 'Until', 'until.hint': 'In your time zone, {zone}.',
  'rpm': 'Requests per minute', 'rpm.any': 'any number', 'rpm.hint': 'More than these are refused until the next minute.',
  'no.scope': 'Choose at least one scope.', 'bad.until': 'Choose a time that is yet to come.', 'bad.rpm': 'Requests per minute is a whole number, or empty for any number.',
  'cancel': 'Cancel', 'made': 'The key of {agent}', 'once': 'Copy it now. It is shown only this once: the server keeps its hash alone.', 'copy.key': 'Copy the key', 'snippets': 'Commands and settings with this key', 'kept': 'I have kept it',
  'leave.title': 'Leave without the key?', 'leave.text': 'The key of {agent} has not been copied. It cannot be shown again; another one would have to be made.', 'leave.go': 'Leave without it',
}

export const zh = {
  'scopes': '权限', 'scope.read': 'read：读取记录、执行查询', 'scope.write': 'write：导入、修改和删除记录', 'scope.schema': 'schema：新建、修改和删除数据表',
  'expiry': '有效期', 'never': '永不过期', 'days': { other: '{n} 天后' }, 'custom': '自定义时间', 'until': '截止时间', 'until.hint': '按您所在的时区（{zone}）。',
  'rpm': '每分钟请求数', 'rpm.any': '不限', 'rpm.hint': '超出的请求会被拒绝，直到下一分钟。',
  'no.scope': '请至少选择一项权限。', 'bad.until': '请选择一个未来的时间。', 'bad.rpm': '每分钟请求数须为整数，留空表示不限。',
  'cancel': '取消', 'made': '{agent} 的密钥', 'once': '请立即复制。密钥仅显示这一次，服务器只保存其哈希值。', 'copy.key': '复制密钥', 'snippets': '使用此密钥的命令与配置', 'kept': '我已保存',
  'leave.title': '不保存密钥就离开？', 'leave.text': '{agent} 的密钥尚未复制，且无法再次显示；离开后只能新建另一个密钥。', 'leave.go': '不保存并离开',
}
