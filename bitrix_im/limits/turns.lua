-- One exchange of a process with a portal's shared limits: the rules of turns.py and bucket.py, inside the server.
-- KEYS: the bucket (hash), the processes (sorted set), operating time (hash).
-- ARGV: process, rate, capacity, known, want, version, then each news as five texts and its kind in front.
-- In front of this stand the constants of the Python rules, and the clock: now, seconds.

local process, rate, capacity, known, want = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local NEVER = -math.huge

local function text(number) return string.format('%.17g', number) end

local kept = {}
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do kept[flat[i]] = flat[i + 1] end
local function number(name, default) return tonumber(kept[name] or default) end

local updated = number('updated', now)
if updated > now + STEPPED_BACK then
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
  kept = {}
elseif updated > now then
  now = updated
end
updated = number('updated', NEVER)
local epoch, version, born = number('epoch', 0), number('version', 0), kept.born or ''
local level, share = number('level', 0), number('share', 1)
local refused_at, opens_at = number('refused_at', NEVER), number('opens_at', NEVER)
local pause, credit = number('pause', 0), number('credit', 0)

local is_lost = known ~= '' and known ~= born
if born == '' then born, epoch = string.format('%.6f', now), epoch + 1 end

local function leak()
  local elapsed = updated > NEVER and now - updated or 0
  updated = math.max(now, updated)
  while elapsed > 0 and share < 1 do
    local step = math.min(elapsed, 1)
    level = math.max(0, level - step * rate * share)
    share = math.min(1, share + step / RECOVERY)
    elapsed = elapsed - step
  end
  if elapsed > 0 then level = math.max(0, level - elapsed * rate) end
end

local function fill() leak(); level = math.max(level, capacity) end
local function give_back() leak(); level = math.max(0, level - 1) end

local function reserve()
  leak()
  local over, wait = level + 1 - capacity, 0
  if over > ROUNDING then wait = over / (rate * share) end
  level = level + 1
  return math.max(opens_at - now, wait, 0)
end

local function is_news(wait)
  opens_at = math.max(opens_at, now + math.min(wait, LONGEST_WAIT))
  fill()
  if now - refused_at < TOGETHER then return false end
  refused_at = now
  return true
end

local note = {}
function note.refused(wait)
  if is_news(tonumber(wait)) then share = math.max(LEAST_SHARE, share / 2) end
  epoch = epoch + 1
end
function note.stopped(wait)
  if is_news(tonumber(wait)) then pause = pause > 0 and math.min(2 * pause, LONGEST_PAUSE) or PAUSE end
  opens_at, credit, epoch = math.max(opens_at, now + pause), 1, epoch + 1
end
function note.answered(age)
  if now - tonumber(age) < refused_at or not (credit > 0 or share < 1) then return end
  leak()
  share = math.min(1, share + REWARD)
  level = math.max(0, level - credit)
  credit, pause, epoch = level > 0 and 2 * credit or 0, 0, epoch + 1
end
function note.unused()
  if not is_lost then give_back() end
end
function note.operating(name, used, resets_in, reset_at, cost)
  version = version + 1
  local all = redis.call('HGETALL', KEYS[3])
  for i = 1, #all, 2 do
    local at = tonumber(string.match(all[i + 1], '^%S+ (%S+)'))
    if at <= now - KEPT_FOR then redis.call('HDEL', KEYS[3], all[i]) end
  end
  local row = {version, text(now), process, used, text(now + tonumber(resets_in)), reset_at, cost}
  redis.call('HSET', KEYS[3], name, table.concat(row, ' '))
end

if is_lost then fill() end
for i = 7, #ARGV, 6 do note[ARGV[i]](ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]) end

local wait = ''
if want == 'turn' then
  wait = text(reserve())
elseif want ~= '' and (is_lost or tonumber(want) ~= epoch) then
  if not is_lost then give_back() end
  wait = text(reserve())
end

local row = {'born', born, 'epoch', epoch, 'version', version, 'level', text(level), 'share', text(share),
             'pause', text(pause), 'credit', text(credit)}
local times = {updated = updated, refused_at = refused_at, opens_at = opens_at}
for name, value in pairs(times) do
  if value > NEVER then row[#row + 1] = name; row[#row + 1] = text(value) end
end
redis.call('HSET', KEYS[1], unpack(row))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now - SEEN_FOR))
redis.call('ZADD', KEYS[2], text(now), process)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, KEPT_FOR * 1000) end

local answer = {born, epoch, redis.call('ZCARD', KEYS[2]), (credit > 0 or share < 1) and 1 or 0, version, wait}
local since = (is_lost or known == '') and 0 or tonumber(ARGV[6])
if version > since then
  local all = redis.call('HGETALL', KEYS[3])
  for i = 1, #all, 2 do
    local value = '(%S+) '
    local at, _, whose, used, resets_at, reset_at, cost =
      string.match(all[i + 1], '^' .. string.rep(value, 6) .. '(%S+)$')
    if tonumber(at) > since and whose ~= process then
      for _, each in ipairs({all[i], used, text(tonumber(resets_at) - now), reset_at, cost}) do
        answer[#answer + 1] = each
      end
    end
  end
end
return answer
