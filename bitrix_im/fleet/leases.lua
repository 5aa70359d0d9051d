-- One exchange of a worker with its fleet: the rules of leases.py, inside the server.
-- KEYS: the fleet (hash), its workers (hash), the owners of portals (hash).
-- ARGV: worker, number, lease, portals, missing, known, leaves, how many to take, to keep, to give, then these.
-- In front of this stand KEPT_FOR, the clock (now, seconds) and run(), which names the run of the server.

local worker, number, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local portals, missing, known, leaves = ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7] == '1'
local takes, keeps, gives = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

local function text(value) return string.format('%.17g', value) end

local kept = {}
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do kept[flat[i]] = flat[i + 1] end
local version, joins = tonumber(kept.version or 0), tonumber(kept.joins or 0)
local born, quiet = math.min(tonumber(kept.born or 0), now), tonumber(kept.quiet or 0)
local server = kept.server or ''

local rows, dead = {}, {}
flat = redis.call('HGETALL', KEYS[2])
for i = 1, #flat, 2 do
  local till, last, joined, its, told, short = string.match(flat[i + 1], '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
  local row = {until_ = math.min(tonumber(till), now + tonumber(its)), number = tonumber(last), joined = tonumber(joined),
               lease = tonumber(its), portals = told, missing = short}
  rows[flat[i]] = row
  if row.until_ <= now then dead[flat[i]] = true end
end

local function write(name)
  local row = rows[name]
  redis.call('HSET', KEYS[2], name, table.concat(
    {text(row.until_), row.number, row.joined, text(row.lease), row.portals, row.missing}, ' '))
end

local function bury(names)
  local is_changed = false
  for name in pairs(names) do
    rows[name] = nil
    redis.call('HDEL', KEYS[2], name)
  end
  local owners = redis.call('HGETALL', KEYS[3])
  for i = 1, #owners, 2 do
    if not rows[owners[i + 1]] then
      redis.call('HDEL', KEYS[3], owners[i])
      is_changed = true
    end
  end
  if is_changed then version = version + 1 end
end

local changes = next(dead) or takes + keeps + gives > 0 or leaves
if version == 0 or (changes and server ~= run()) then
  born, quiet, server = now, lease, run()
  version = math.max(version, math.floor(now * 1000)) + 1
end
if next(dead) then bury(dead) end

local row = rows[worker]
local was_known = row ~= nil
if not row and not leaves then
  joins = joins + 1
  if now < born + quiet then quiet = math.max(quiet, lease) end
  rows[worker] = {until_ = now + lease, number = number, joined = joins, lease = lease, portals = portals, missing = missing}
elseif leaves then
  bury({[worker] = true})
elseif number > row.number then
  row.until_, row.number, row.lease, row.portals, row.missing = now + lease, number, lease, portals, missing
  local is_quiet, is_changed = now < born + quiet, false
  for i = 11 + takes + keeps, 10 + takes + keeps + gives do
    if redis.call('HGET', KEYS[3], ARGV[i]) == worker then
      redis.call('HDEL', KEYS[3], ARGV[i])
      is_changed = true
    end
  end
  for i = is_quiet and 11 + takes or 11, 10 + takes + keeps do
    if redis.call('HSETNX', KEYS[3], ARGV[i], worker) == 1 then is_changed = true end
  end
  if is_changed then version = version + 1 end
end

for name in pairs(rows) do write(name) end
redis.call('HSET', KEYS[1], 'version', text(version), 'joins', joins, 'born', text(born), 'quiet', text(quiet), 'server', server)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, KEPT_FOR * 1000) end

local names = {}
for name in pairs(rows) do names[#names + 1] = name end
table.sort(names, function(one, other) return rows[one].joined < rows[other].joined end)
local answer = {text(version), was_known and 1 or 0, now < born + quiet and 1 or 0, #names}
for _, name in ipairs(names) do
  for _, each in ipairs({name, rows[name].portals, rows[name].missing}) do answer[#answer + 1] = each end
end
answer[#answer + 1] = was_known and known == version and 0 or redis.call('HGETALL', KEYS[3])
return answer
