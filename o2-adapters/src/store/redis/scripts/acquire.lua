-- Takes or prolongs a lease.
-- KEYS: leases, lease ends, fence
-- ARGV: name, holder, time to live in microseconds
-- Answers the token, or nothing while somebody else holds the lease.
local leases, ends, fence = unpack(KEYS)
local name, holder, ttl = unpack(ARGV)

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- Leases that have ended are cleared away, a few at a time.
for _, ended in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('HDEL', leases, ended)
  redis.call('ZREM', ends, ended)
end

local ending = redis.call('ZSCORE', ends, name)
local held = ending and tonumber(ending) > now and redis.call('HGET', leases, name)
local token
if held then
  local current
  token, current = string.match(held, '^(%d+):(.*)$')
  if current ~= holder then
    return false
  end
else
  -- Never lower than the time, so that tokens rise also when the last ones were lost with a primary.
  token = string.format('%.0f', math.max((redis.call('GET', fence) or 0) + 1, now))
  redis.call('SET', fence, token)
  redis.call('HSET', leases, name, token .. ':' .. holder)
end
redis.call('ZADD', ends, string.format('%.0f', now + ttl), name)
return token
