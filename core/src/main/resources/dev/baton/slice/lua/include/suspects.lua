-- Entries that were in a worker's hands when it was lost get a crash mark; one with too many becomes a dead letter.
-- Takes one entry; returns it marked, or nothing if it was buried.
local function mark_crash(entry, most_crashes, dead, ledger, worker)
  local marked = with_one_more_crash(entry)
  if crashes_of(marked) < most_crashes then
    return marked
  end
  bury(dead, marked, 'crashed', 'the worker was lost ' .. crashes_of(marked) .. ' times while it held this message',
    worker, '')
  redis.call('HINCRBY', ledger, 'dead', 1)
end
