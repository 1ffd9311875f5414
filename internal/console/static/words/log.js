export const en = {
  'zone': 'Times are those of your time zone, {zone}.', 'refresh': 'Refresh', 'more': 'Show more', 'time': 'Time', 'table': 'Table', 'rows': 'Rows', 'written': 'Written', 'refused.rows': 'Not written', 'status': 'Result',
  'status.all': 'All written', 'status.part': 'In part', 'status.none': 'Nothing written', 'requests': { one: '{n} request, within {time}', other: '{n} requests, within {time}' }, 'requests.open': { one: '{n} request and earlier ones', other: '{n} requests and earlier ones' }, 'requests.of': 'Requests of the import into {table}, {time}', 'details': 'Details', 'details.of': 'Details of the import into {table}, {time}',
  'dropped': 'a dropped table', 'imports': 'Imports', 'imports.hint': 'The imports of the last 30 days, the latest first. Full requests into one table that follow each other are one import.',
  'imports.none': 'No imports in the last 30 days', 'imports.none.text': 'When a program imports rows, or you do by Create, what became of them is found here.',
  'filter': 'Filter by text', 'only.refused': 'Only refused', 'who': 'Asked by', 'nameless': 'no name given', 'browser': 'a browser', 'your.key': 'your key', 'question': 'Question', 'questions': 'Questions', 'size': 'Size', 'took': 'Took',
  'refused': 'Refused', 'whole': 'Show all of it', 'cut': 'The log keeps the first 4 KiB of a question.', 'ask.again': 'Open in Ask', 'counted': { one: '{n} of {all}', other: '{n} of {all}' },
  'questions.none': 'Nothing was asked yet', 'questions.none.text': 'Each question in SQL, by a program, by a model or by you, is noted here with who asked it and how long it took.',
  'nothing.fits': 'Nothing fits the filter', 'nothing.fits.text': 'Change the text, or show those that were answered too.',
}

export const zh = {
  'zone': '时间均按您所在的时区（{zone}）显示。', 'refresh': '刷新', 'more': '显示更多', 'time': '时间', 'table': '数据表', 'rows': '行数', 'written': '已写入', 'refused.rows': '未写入', 'status': '结果',
  'status.all': '全部写入', 'status.part': '部分写入', 'status.none': '未写入', 'requests': { other: '{n} 个请求，历时 {time}' }, 'requests.open': { other: '{n} 个请求，之前还有' }, 'requests.of': '{time} 导入“{table}”的各个请求', 'details': '详情', 'details.of': '{time} 导入“{table}”的详情',
  'dropped': '已删除的数据表', 'imports': '导入记录', 'imports.hint': '最近 30 天的导入，最新的在前。写入同一数据表且前后相接的满额请求合并为一次导入。',
  'imports.none': '最近 30 天没有导入', 'imports.none.text': '程序导入数据，或您通过“新建”导入数据后，可在此查看每一行的结果。',
  'filter': '按文本筛选', 'only.refused': '仅看被拒绝的', 'who': '查询者', 'nameless': '未提供名称', 'browser': '浏览器', 'your.key': '您的密钥', 'question': '查询', 'questions': '查询记录', 'size': '大小', 'took': '耗时',
  'refused': '被拒绝', 'whole': '查看完整内容', 'cut': '日志只保留每条查询的前 4 KiB。', 'ask.again': '在“查询”中打开', 'counted': { other: '{n} / {all} 条' },
  'questions.none': '还没有查询', 'questions.none.text': '程序、模型或您执行的每一条 SQL 查询都会记录在此，包括查询者与耗时。',
  'nothing.fits': '没有符合条件的记录', 'nothing.fits.text': '请修改筛选文本，或同时显示成功的查询。',
}
