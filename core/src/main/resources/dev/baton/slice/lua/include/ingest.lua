-- The stream that workers of a group read: one field an entry, which holds its bytes.
local function append(ingest, entry)
  redis.call('XADD', ingest, '*', 'e', entry)
end
