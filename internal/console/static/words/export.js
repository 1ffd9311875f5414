export const en = {
  'title': 'Export', 'rows': { one: '{n} row', other: '{n} rows' }, 'format': 'Format',
  'format.csv': 'CSV', 'format.tsv': 'TSV (tabs)', 'format.json': 'JSON array', 'format.jsonl': 'JSON Lines',
  'bom': 'Begin with a byte order mark, by which spreadsheet programs know UTF-8',
  'hint': 'In CSV and TSV an empty cell is NULL, "" an empty text. Cells are written as they are; a spreadsheet program may run those that begin with =, +, - or @ as formulas.',
  'twice': 'Two columns are called {name}, which JSON cannot have: give one another name by AS, or choose CSV.', 'go': 'Export', 'cancel': 'Cancel', 'close': 'Close', 'progress': 'Progress of the export', 'sofar': '{n} of {all} rows, {share}', 'done': { one: '{n} row exported', other: '{n} rows exported' },
}

export const zh = {
  'title': '导出', 'rows': { other: '共 {n} 行' }, 'format': '格式',
  'format.csv': 'CSV', 'format.tsv': 'TSV（制表符分隔）', 'format.json': 'JSON 数组', 'format.jsonl': 'JSON Lines',
  'bom': '在文件开头写入字节顺序标记（BOM），便于电子表格程序识别 UTF-8',
  'hint': '在 CSV 和 TSV 中，空单元格表示 NULL，"" 表示空文本。单元格内容原样写出；以 =、+、- 或 @ 开头的内容可能被电子表格程序当作公式执行。',
  'twice': '有两列都名为 {name}，JSON 无法表示：请用 AS 为其中一列改名，或选择 CSV。', 'go': '导出', 'cancel': '取消', 'close': '关闭', 'progress': '导出进度', 'sofar': '已导出 {n} / {all} 行（{share}）', 'done': { other: '已导出 {n} 行' },
}
