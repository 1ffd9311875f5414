export const en = {
  'row': 'Row', 'rows': 'Rows', 'null': 'NULL', 'empty': 'empty text', 'whole': 'Show the whole value', 'none': 'No rows',
  'sort.by': 'Sort by {name}', 'edit.again': 'Edit again', 'close': 'Close', 'edit': 'Edit {name}',
  'changed': 'Somebody else has changed this value meanwhile. It is now: {now}', 'unstored': 'What was typed into {name} is not stored. {reason}', 'write.anyway': 'Write mine all the same', 'keep': 'Keep theirs',
  'gone': 'This record is gone: somebody else has deleted it.', 'row.gone': '{n}, deleted', 'copy.typed': 'Copy what was typed', 'copied.typed': 'What was typed is copied',
  'copied.cell': 'The cell is copied', 'copied.rows': { one: '{n} row is copied', other: '{n} rows are copied' },
  'too.many': 'At most {n} rows can be selected at once', 'width': 'Width of {name}',
  'null.value': 'There is no value here (NULL).', 'empty.value': 'The value is the empty text.',
  'size': { one: '{n} character', other: '{n} characters' },
  'keys': 'Arrow keys move, Enter edits or opens, Space selects a row (Shift+Space on a BOOLEAN, where Space changes the value), Shift+Enter shows the whole value, Ctrl+C copies, Ctrl+V pastes, Delete empties a cell, or deletes the selected rows after a question. In a header Enter sorts, and Alt with the left and right arrow changes the width.',
}

export const zh = {
  'row': '行', 'rows': '行', 'null': 'NULL', 'empty': '空文本', 'whole': '查看完整内容', 'none': '没有行',
  'sort.by': '按 {name} 排序', 'edit.again': '重新编辑', 'close': '关闭', 'edit': '编辑 {name}',
  'changed': '此值已被他人修改，现在是：{now}', 'unstored': '输入到 {name} 的内容未写入。{reason}', 'write.anyway': '仍然写入我的值', 'keep': '保留他人的值',
  'gone': '此记录已不存在：已被他人删除。', 'row.gone': '{n}，已删除', 'copy.typed': '复制输入的内容', 'copied.typed': '已复制输入的内容',
  'copied.cell': '已复制单元格', 'copied.rows': { other: '已复制 {n} 行' },
  'too.many': '一次最多选择 {n} 行', 'width': '{name} 的列宽',
  'null.value': '此处没有值（NULL）。', 'empty.value': '此值为空文本。',
  'size': { other: '{n} 个字符' },
  'keys': '方向键移动，Enter 编辑或打开，空格选择行（在 BOOLEAN 单元格中空格更改值，按 Shift+空格选择行），Shift+Enter 查看完整内容，Ctrl+C 复制，Ctrl+V 粘贴，Delete 清空单元格，选择了行时则在确认后删除所选行。在表头按 Enter 排序，按 Alt 加左右方向键调整列宽。',
}
