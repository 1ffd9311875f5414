// Which import tasks were one import. A task is one request, and a file of more rows than a request may have is sent in many: 42,049 rows in
// 43 requests. Nothing here touches the page.
//
// A task tells its table, its time and how many rows it had, but neither key nor file. So only this is taken for a sign: requests into one table,
// each of as many rows as one may have, with nothing between them and at most ten seconds from one to the next; and the one behind the last of
// them, which has the rest of the file, if no other that is not full is near. What is left in doubt stays by itself: an import may be shown as two,
// but two are not shown as one.

const mostRows = 1000 // that a request may have
const apart = 10_000 // milliseconds from one request of an import to the next, at most

// batches puts the requests of each import together. tasks are as the API lists them, the latest first; more says that there are earlier ones. The
// imports come in the order of their latest requests: {tasks, table_id, table_name, created_at, took, status, total_count, success_count, failed_count,
// open}, where tasks are the latest first, created_at is that of the first request, took the milliseconds from it to the last one's, and open says
// that earlier requests of it may not be listed.
export function batches(tasks, more = false) {
  const tables = Map.groupBy(tasks, task => task.table_id)
  const all = [...tables.values()].flatMap(of => chains(of.toReversed()))
  const place = new Map(tasks.map((task, i) => [task, i])), oldest = tasks.at(-1)?.created_at
  return all.map(of => whole(of, more && of[0] === tables.get(of[0].table_id).at(-1) && of[0].created_at - oldest <= apart)).sort((a, b) => place.get(a.tasks[0]) - place.get(b.tasks[0]))
}

// chains cuts the tasks of one table, the earliest first, into imports.
function chains(tasks) {
  const full = task => task.total_count === mostRows, near = (a, b) => Math.abs(b.created_at - a.created_at) <= apart
  const cut = []
  tasks.forEach((task, i) => {
    const of = cut.at(-1)
    const rest = () => !tasks.some((other, j) => j !== i && !full(other) && (near(other, task) || near(other, of[0])))
    if (of && full(of.at(-1)) && near(of.at(-1), task) && (full(task) || rest())) of.push(task)
    else cut.push([task])
  })
  return cut
}

function whole(of, open) {
  const first = of[0], sum = name => of.reduce((n, task) => n + task[name], 0)
  return {
    tasks: of.toReversed(), table_id: first.table_id, table_name: first.table_name, created_at: first.created_at, took: of.at(-1).created_at - first.created_at, open,
    status: of.find(task => task.status !== 'FAIL')?.status ?? 'FAIL',
    total_count: sum('total_count'), success_count: sum('success_count'), failed_count: sum('failed_count'),
  }
}
