-- What wrk calls, and what it saw, as JSON. A thread has one connection, so that a life is lived in its order.
--
-- wrk ... -- get RUN | filter LIMIT | lives FLOW

local threads = {}
local flow, run, state
lives, broken = 0, 0

local json = {["Content-Type"] = "application/json"}

local function is_accepted(status, body)
    return status < 300 and body:find('"status":"ACCEPT"', 1, true)
end

-- The next call of a life: to create the run, then to set its states. It changes with an answer alone: what is refused
-- is called again.
local function call_of_life()
    if not run then
        return wrk.format("POST", "/api/flow_runs/", json, '{"flow_id":"' .. flow .. '","state":{"type":"PENDING"}}')
    end
    return wrk.format("POST", "/api/flow_runs/" .. run .. "/set_state", json, '{"state":{"type":"' .. state .. '"}}')
end

local function answer_to_life(status, _, body)
    if not run then
        run, state = body:match('^{"id":"([^"]+)"'), "RUNNING"
        broken = broken + (run and 0 or 1)
    elseif not is_accepted(status, body) then
        broken = broken + 1
    elseif state == "RUNNING" then
        state = "COMPLETED"
    else
        run, lives = nil, lives + 1
    end
end

function setup(thread)
    table.insert(threads, thread)
end

function init(arguments)
    local kind, what = arguments[1], arguments[2]
    if kind == "get" then
        wrk.path = "/api/flow_runs/" .. what
    elseif kind == "filter" then
        wrk.method, wrk.path = "POST", "/api/flow_runs/filter"
        wrk.headers["Content-Type"] = json["Content-Type"]
        wrk.body = '{"sort":"EXPECTED_START_TIME_DESC","limit":' .. what .. '}'
    else
        flow, request, response = what, call_of_life, answer_to_life
    end
end

function done(summary, _, _)
    local sum = {lives = 0, broken = 0}
    for _, thread in ipairs(threads) do
        for name, value in pairs(sum) do
            sum[name] = value + thread:get(name)
        end
    end
    local errors = summary.errors
    local lost = errors.connect + errors.read + errors.write + errors.timeout
    print(string.format(
        '{"calls":%d,"seconds":%f,"refused":%d,"lost":%d,"lives":%d,"broken":%d}',
        summary.requests, summary.duration / 1e6, errors.status, lost, sum.lives, sum.broken))
end
