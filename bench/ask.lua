-- Asks one query; where it has a variable, its value differs each time.
local before, after, n = "", nil, 0

function setup(thread)
  n = n + 1
  thread:set("first", n * 10000000)
end

function init(args)
  wrk.headers["Content-Type"] = "application/json"
  before = args[1]
  local at = string.find(before, "NUMBER", 1, true)
  if at then
    before, after = string.sub(before, 1, at - 1), string.sub(before, at + 6)
  end
  n = first
end

function request()
  if not after then
    return wrk.format("POST", nil, nil, before)
  end
  n = n + 1
  return wrk.format("POST", nil, nil, before .. n .. after)
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("MEASURED %d %d %d %d %d\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
