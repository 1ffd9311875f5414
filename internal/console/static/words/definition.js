export const en = {
  'title': 'Change {table}', 'table.name': 'Name of the table', 'table.description': 'Description', 'fields': 'Fields', 'name': 'Name', 'type': 'Type', 'required': 'Required', 'unique': 'Unique', 'description': 'Description', 'default': 'Value for records that are there', 'remove.head': 'Remove', 'new': 'the new field',
  'name.of': 'Name of {name}', 'description.of': 'Description of {name}', 'type.of': 'Type of {name}', 'required.of': '{name} is required', 'unique.of': '{name} is unique', 'default.of': 'Value of {name} for records that are there', 'remove': 'Remove {name}', 'add.field': 'Add field',
  'try': 'Try', 'apply': 'Apply', 'same': 'Nothing is different yet.', 'fits': { one: 'This can be done: the {n} record fits. Nothing has been changed yet.', other: 'This can be done: all {n} records fit. Nothing has been changed yet.' }, 'changed': 'The table is changed', 'violation': 'Record {id}, {field}:',
  'lose.title': { one: 'Remove {n} field?', other: 'Remove {n} fields?' }, 'lose.text': 'All values of {names} go with it. Nothing brings them back.', 'lose.go': 'Remove and apply',
  'drop': 'Drop table', 'drop.title': 'Drop {table}?', 'drop.text': { one: 'The table and its {n} record go. Nothing brings them back.', other: 'The table and all of its {n} records go. Nothing brings them back.' }, 'dropped': '{table} is dropped',
}

export const zh = {
  'title': '修改 {table}', 'table.name': '数据表名称', 'table.description': '说明', 'fields': '字段', 'name': '名称', 'type': '类型', 'required': '必填', 'unique': '唯一', 'description': '说明', 'default': '现有记录的值', 'remove.head': '移除', 'new': '新字段',
  'name.of': '{name} 的名称', 'description.of': '{name} 的说明', 'type.of': '{name} 的类型', 'required.of': '{name} 为必填', 'unique.of': '{name} 为唯一', 'default.of': '{name} 在现有记录中的值', 'remove': '移除 {name}', 'add.field': '添加字段',
  'try': '试运行', 'apply': '应用', 'same': '尚无改动。', 'fits': { other: '可以修改：全部 {n} 条记录均符合。目前尚未作任何改动。' }, 'changed': '数据表已修改', 'violation': '记录 {id}，{field}：',
  'lose.title': { other: '移除 {n} 个字段？' }, 'lose.text': '{names} 的所有值将一并删除，且无法恢复。', 'lose.go': '移除并应用',
  'drop': '删除数据表', 'drop.title': '删除 {table}？', 'drop.text': { other: '此数据表及其全部 {n} 条记录将被删除，且无法恢复。' }, 'dropped': '已删除 {table}',
}
