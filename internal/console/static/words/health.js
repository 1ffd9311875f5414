export const en = {
  'title': 'Health', 'lead': 'The state of the server that this page came from, looked at every ten seconds.', 'refresh': 'Refresh',
  'state': 'State', 'ready': 'Ready', 'not.ready': 'Not ready', 'version': 'Version', 'store': 'Store', 'store.sqlite': 'SQLite', 'store.postgresql': 'PostgreSQL',
  'up': 'Running since', 'agents': 'Agents', 'data': 'Data', 'data.sqlite': 'on disk', 'data.postgresql': 'in the database', 'memory': 'Memory', 'memory.of': 'of this process',
  'more': 'Watching it', 'metrics': 'Metrics for Prometheus, as the machine of the server reaches them:', 'metrics.off': 'The server gives no metrics: it was started with --metrics-listen off.', 'probes': 'For the probes of a balancer:', 'docs': 'docs/operations.md has alerts, backups and upgrades.',
  'trouble': 'What to do', 'trouble.log': 'Look at the log of the server: each failure is a line at level ERROR or WARN, with the reason.',
  'trouble.store': 'On PostgreSQL: is the database running, and does it take connections? The server goes on by itself once it does.',
  'trouble.stopping': 'A server that was told to stop says so too, until it has ended.', 'trouble.restart': 'On SQLite: is the disk full, or was the data directory taken away? After that is mended, start the server anew.',
}

export const zh = {
  'title': '运行状况', 'lead': '提供此页面的服务器的状态，每十秒更新一次。', 'refresh': '刷新',
  'state': '状态', 'ready': '就绪', 'not.ready': '未就绪', 'version': '版本', 'store': '存储', 'store.sqlite': 'SQLite', 'store.postgresql': 'PostgreSQL',
  'up': '启动时间', 'agents': '智能体', 'data': '数据', 'data.sqlite': '磁盘占用', 'data.postgresql': '数据库占用', 'memory': '内存', 'memory.of': '此进程',
  'more': '监控', 'metrics': 'Prometheus 指标，可在服务器本机访问：', 'metrics.off': '服务器不提供指标：启动时设置了 --metrics-listen off。', 'probes': '供负载均衡器探测：', 'docs': '告警、备份与升级请参阅 docs/operations.md。',
  'trouble': '如何处理', 'trouble.log': '查看服务器日志：每个故障都有一行 ERROR 或 WARN 级别的记录并说明原因。',
  'trouble.store': '使用 PostgreSQL 时：数据库是否在运行并接受连接？恢复后服务器会自动继续工作。',
  'trouble.stopping': '收到停止指令的服务器在结束前也会显示此状态。', 'trouble.restart': '使用 SQLite 时：磁盘是否已满，或数据目录是否被移走？修复后请重新启动服务器。',
}
