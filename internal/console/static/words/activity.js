export const en = {
  'title': 'Activity', 'lead': 'What was done with the tables of this agent, what became of it, and who asked.', 'imports': 'Imports', 'questions': 'Questions',
  'of': 'Import into {table}', 'dropped': 'a dropped table', 'gone': 'The results of this import are no longer kept.',
  'status': 'Result', 'time': 'Time', 'rows': 'Rows', 'written': 'Written', 'created': 'Created', 'updated': 'Updated', 'unchanged': 'Unchanged', 'fail_count': 'Not written', 'failed': 'Failed', 'skipped': 'Skipped', 'skipped_count': 'of these skipped',
  'row': 'Row', 'record': 'Record', 'none': 'none', 'reason': 'Reason', 'reasons': 'Reasons', 'no.value': 'no value',
  'which': 'Rows shown', 'wrong': 'Only those that are not in the table', 'all.rows': 'all rows', 'all.well': 'Every row is in the table.', 'more': 'Show more', 'of.all': { one: '{n} of {all}', other: '{n} of {all}' },
  'no.receipt': 'This import asked for no receipt, so there is nothing more of single rows. With "receipt": true each row is told.',
  'repair': 'Repair file', 'repair.text': 'The rows that are not in the table, as they were sent, each with its reason in _reason. Mend them, take the reason out, and import them.',
  'repair.csv': 'Download as CSV', 'repair.jsonl': 'Download as JSON Lines',
}

export const zh = {
  'title': '动态', 'lead': '此智能体的数据表上发生了什么、结果如何，以及由谁查询。', 'imports': '导入记录', 'questions': '查询记录',
  'of': '导入到“{table}”', 'dropped': '已删除的数据表', 'gone': '此次导入的结果已不再保留。',
  'status': '结果', 'time': '时间', 'rows': '行数', 'written': '已写入', 'created': '新增', 'updated': '更新', 'unchanged': '未变', 'fail_count': '未写入', 'failed': '失败', 'skipped': '跳过', 'skipped_count': '其中跳过',
  'row': '行', 'record': '记录', 'none': '无', 'reason': '原因', 'reasons': '原因', 'no.value': '没有值',
  'which': '显示的行', 'wrong': '仅未写入数据表的行', 'all.rows': '全部行', 'all.well': '所有行都已写入数据表。', 'more': '显示更多', 'of.all': { other: '{n} / {all}' },
  'no.receipt': '此次导入未要求回执，因此没有逐行的更多信息。导入时加上 "receipt": true 即可获得每一行的结果。',
  'repair': '修复文件', 'repair.text': '未写入数据表的行，按发送时的原样保存，原因在 _reason 中。修正后删去原因，再次导入即可。',
  'repair.csv': '下载 CSV', 'repair.jsonl': '下载 JSON Lines',
}
