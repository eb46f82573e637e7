-- Writes a batch if all its conditions hold.
-- KEYS: index, values, revision, feed, batches, leases, lease ends
-- ARGV: id of the batch, capacity of the feed, how long batches are remembered in microseconds, number of conditions,
--       three for each condition (kind, key or name, what is expected), three for each write (kind, key, value)
-- Answers {0, revision}, or {n, 0} when the n-th condition does not hold.
local index, values, revision, feed, batches, leases, ends = unpack(KEYS)
local batch, capacity, remembered, conditions = unpack(ARGV, 1, 4)
local first_write = 5 + conditions * 3

local function decimal(number)
  return string.format('%.0f', number)
end

local known = redis.call('ZSCORE', batches, batch)
if known then
  return {0, tonumber(known)}
end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local holds = {
  absent = function(key)
    return redis.call('HEXISTS', values, key) == 0
  end,
  present = function(key)
    return redis.call('HEXISTS', values, key) == 1
  end,
  unchanged = function(key, expected)
    local value = redis.call('HGET', values, key)
    return value and string.sub(value, 1, 16) == expected
  end,
  holding = function(name, expected)
    local ending = redis.call('ZSCORE', ends, name)
    return ending and tonumber(ending) > now and redis.call('HGET', leases, name) == expected
  end,
}
for n = 1, conditions do
  local at = 2 + n * 3
  if not holds[ARGV[at]](ARGV[at + 1], ARGV[at + 2]) then
    return {n, 0}
  end
end

local last = tonumber(redis.call('GET', revision) or '0')
if #ARGV < first_write then
  return {0, last}
end

-- A script is not undone when one of its commands fails: what may be in the way is looked at before the first write.
redis.call('ZCARD', index)
redis.call('HLEN', values)
redis.call('XLEN', feed)

local new = math.max(last + 1, now)
local version = string.format('%016.0f', new)

local function text(bytes)
  return bytes and #bytes .. ':' .. bytes or '-'
end

local changes = {}
for at = first_write, #ARGV, 3 do
  local kind, key, after = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local before = redis.call('HGET', values, key)
  before = before and string.sub(before, 17)
  if kind == 'put' then
    redis.call('HSET', values, key, version .. after)
    redis.call('ZADD', index, 0, key)
    table.insert(changes, text(key) .. text(before) .. text(after))
  elseif before then
    redis.call('HDEL', values, key)
    redis.call('ZREM', index, key)
    table.insert(changes, text(key) .. text(before) .. text(false))
  end
end
redis.call('XADD', feed, 'MAXLEN', '=', capacity, decimal(new) .. '-0',
  'previous', decimal(last), 'changes', table.concat(changes))
redis.call('SET', revision, decimal(new))
redis.call('ZADD', batches, decimal(new), batch)
redis.call('ZREMRANGEBYSCORE', batches, '-inf', decimal(new - remembered))
return {0, new}
