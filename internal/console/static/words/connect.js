export const en = {
  'title': 'Connect', 'lead': 'Programs and models reach the tables of an agent with an API key of that agent.',
  'agent': 'You are signed in as the agent {name}, with the scopes', 'show.key': 'Show my key in the snippets',
  'own.key': 'Better give each program a key of its own, with no more scopes than it needs: then it can be revoked alone. Whoever runs this installation makes keys.',
  'admin': 'The admin key opens no tables. Make an API key for the agent in question, and put it in the place of app-... below.', 'admin.link': 'Agents and keys',
}

export const zh = {
  'title': '接入', 'lead': '程序与模型使用某个智能体的 API 密钥访问该智能体的数据表。',
  'agent': '您以智能体 {name} 的身份登录，权限为', 'show.key': '在代码片段中显示我的密钥',
  'own.key': '最好为每个程序单独新建密钥，并只授予所需的权限，这样可以单独吊销。密钥由此系统的管理员新建。',
  'admin': '管理员密钥不能访问数据表。请为相应的智能体新建 API 密钥，并替换下面的 app-...。', 'admin.link': '智能体与密钥',
}
