-- Entries in the order of their keys, as of one moment.
-- KEYS: index, values
-- ARGV: where to begin and to end, as ZRANGEBYLEX has them, and how many
-- Answers key, value, key, value, ...
local entries = {}
for _, key in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])) do
  table.insert(entries, key)
  table.insert(entries, redis.call('HGET', KEYS[2], key))
end
return entries
