export const en = {
  'title': 'API reference', 'lead': 'All {n} requests that this server answers, from the document that it serves itself.', 'introduction': 'Introduction', 'endpoints': 'Endpoints', 'search': 'Search the endpoints',
  'found': { one: '{n} endpoint', other: '{n} endpoints' }, 'none': 'No endpoint has these words.', 'unknown': 'No such endpoint', 'unknown.text': 'The address names one that this server does not have.',
  'key.none': 'needs no key', 'key.admin': 'with the admin key', 'key.api': 'with an API key', 'dialect': 'Dialect', 'dialect.hint': 'Which answers come wrapped depends on it; requests are the same.',
  'parameters': 'Parameters', 'body': 'Body of the request', 'answers': 'Answers', 'answer.of': 'Body of an answer {status}', 'name': 'Name', 'in': 'Where', 'in.path': 'in the path', 'in.query': 'after the ?', 'in.header': 'header',
  'type': 'Type', 'required': 'required', 'description': 'Meaning', 'example': 'Example', 'copy.example': 'Copy the example', 'headers': 'Headers:',
  'limit.enum': 'one of', 'limit.minimum': 'at least', 'limit.maximum': 'at most', 'limit.minLength': 'shortest', 'limit.maxLength': 'longest', 'limit.minItems': 'fewest', 'limit.maxItems': 'most', 'limit.pattern': 'pattern', 'limit.default': 'else',
  'try': 'Try it', 'try.body': 'Body', 'try.path': 'Path', 'copy.command': 'Copy the command', 'send': 'Send', 'came': 'The answer',
}

export const zh = {
  'title': 'API 参考', 'lead': '此服务器支持的全部 {n} 个请求，内容来自服务器自身提供的文档（英文）。', 'introduction': '简介', 'endpoints': '接口', 'search': '搜索接口',
  'found': { other: '{n} 个接口' }, 'none': '没有包含这些文字的接口。', 'unknown': '没有此接口', 'unknown.text': '此服务器没有该地址对应的接口。',
  'key.none': '无需密钥', 'key.admin': '使用管理员密钥', 'key.api': '使用 API 密钥', 'dialect': '方言', 'dialect.hint': '决定哪些响应带外层封装；请求格式相同。',
  'parameters': '参数', 'body': '请求体', 'answers': '响应', 'answer.of': '{status} 响应体', 'name': '名称', 'in': '位置', 'in.path': '路径', 'in.query': '查询参数', 'in.header': '请求头',
  'type': '类型', 'required': '必填', 'description': '说明', 'example': '示例', 'copy.example': '复制示例', 'headers': '响应头：',
  'limit.enum': '可选值', 'limit.minimum': '最小', 'limit.maximum': '最大', 'limit.minLength': '最短', 'limit.maxLength': '最长', 'limit.minItems': '最少', 'limit.maxItems': '最多', 'limit.pattern': '格式', 'limit.default': '默认',
  'try': '试一试', 'try.body': '请求体', 'try.path': '路径', 'copy.command': '复制命令', 'send': '发送', 'came': '响应内容',
}
