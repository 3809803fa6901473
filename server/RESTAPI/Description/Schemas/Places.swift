import Domain
import JSON
import Orchestration

// Work pools, queues, who serves them; batches and bundles; limits.

extension Schema {
    /// The name of something new that is found by it.
    private static let placeName = text(
        1...300, matching: #"^[^/%&><\x00-\x1f]*[^/%&><\s\x00-\x1f][^/%&><\x00-\x1f]*$"#)

    static let workerStatus = words(of: WorkerStatus.self)

    private static let filledMap = map.with("minProperties", 1)
    /// Empty, or with both of these.
    private static let jobTemplate = any(
        of: Schema(["type": "object", "maxProperties": 0]),
        body(required: ["job_configuration": filledMap, "variables": filledMap]))

    /// How often runs may start: `10/m`, `100/h`, `5/30s`, `10/m burst 3`.
    static let rate = text(
        1...60,
        matching: #"^[1-9][0-9]{0,5}/(s|m|h|d|second|minute|hour|day|[1-9][0-9]{0,3}s|[1-9][0-9]{0,2}m|[1-9]h|1d)"#
            + #"( burst [1-9][0-9]{0,5})?$"#)
    /// Seconds after which a wait weighs as much as one step of priority; 0 for never.
    private static let ageing = number(0...WorkPool.longestAgeing.inSeconds)

    static let workPoolCreate = body(
        "WorkPoolCreate", required: ["name": placeName],
        optional: [
            "type": .text, "description": .text, "is_paused": .flag, "concurrency_limit": .count,
            "rate_limit": rate, "ageing": ageing, "base_job_template": jobTemplate, "storage_configuration": .map,
        ])
    static let workPoolUpdate = body(
        "WorkPoolUpdate",
        optional: [
            "description": .text, "is_paused": .flag, "concurrency_limit": .count, "rate_limit": rate,
            "ageing": ageing, "base_job_template": jobTemplate, "storage_configuration": .map,
        ])

    static let workPool = record(
        "WorkPool",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "description": .text.orNull, "type": .text,
            "base_job_template": .map, "is_paused": .flag, "concurrency_limit": .count.orNull,
            "status": .words(["READY", "NOT_READY", "PAUSED"]).orNull, "default_queue_id": .id.orNull,
            "storage_configuration": .map, "active_slots": .count.orNull, "agents_online": .count,
            "rate_limit": .text.orNull, "ageing": .number,
        ])

    static let workQueueCreate = body(
        "WorkQueueCreate", required: ["name": placeName],
        optional: [
            "description": .text, "is_paused": .flag, "concurrency_limit": .count, "rate_limit": rate,
            "priority": .whole(from: 1),
        ])
    static let workQueueUpdate = body(
        "WorkQueueUpdate",
        optional: [
            "name": .name, "description": .text, "is_paused": .flag, "concurrency_limit": .count,
            "rate_limit": rate, "priority": .whole(from: 1), "last_polled": .time,
        ])

    static let workQueue = record(
        "WorkQueueResponse",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "description": .text, "is_paused": .flag,
            "concurrency_limit": .count.orNull, "priority": .whole(from: 1), "work_pool_id": .id, "filter": .null,
            "last_polled": .time.orNull, "work_pool_name": .text.orNull,
            "status": .words(["READY", "NOT_READY", "PAUSED"]), "active_slots": .count.orNull, "runs": runTally,
            "agents_online": .count, "rate_limit": .text.orNull,
        ])

    static let queueHealth = record(
        "WorkQueueStatusDetail",
        [
            "healthy": .flag, "late_runs_count": .count, "last_polled": .time.orNull,
            "health_check_policy": .record([
                "maximum_late_runs": .count, "maximum_seconds_since_last_polled": .count,
            ]),
        ])

    private static let slotHolder = record(
        "FlowRunSlotSummary",
        [
            "id": .id, "name": .text, "state_type": stateType, "state_name": .text, "start_time": .time.orNull,
            "state_timestamp": .time, "time_in_current_state": .seconds,
        ])

    private static let part: SchemaMembers = [
        "active_slots": .count, "concurrency_limit": .count.orNull, "count": .count, "limit": .count,
        "pages": .count, "page": .count,
    ]

    static let queueSlots = record(
        "WorkQueueConcurrencyStatus", part + ["flow_runs": .list(of: slotHolder)])
    static let poolSlots = record(
        "WorkPoolConcurrencyStatus",
        part + [
            "queues": .list(
                of: .record([
                    "queue_id": .id, "queue_name": .text, "active_slots": .count, "concurrency_limit": .count.orNull,
                    "flow_runs": .list(of: slotHolder), "flow_run_count": .count,
                ]))
        ])

    static let pollRequest = body(optional: poll)

    static let workerHeartbeat = body(
        required: ["name": .text], optional: ["heartbeat_interval_seconds": .count])
    static let worker = record(
        "WorkerResponse",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "work_pool_id": .id,
            "last_heartbeat_time": .time, "heartbeat_interval_seconds": .count.orNull, "status": workerStatus,
        ])

    /// Processors, bytes, devices.
    private static let resources = Schema.record(["cpu": .number, "memory": .count, "gpu": .count])

    static let agent = record(
        "Agent",
        [
            "id": .id, "name": .text, "host": .text, "version": .text, "pool_name": .text.orNull,
            "queues": .list(of: .text), "slots": .count, "held": .count, "labels": .json,
            "offer": resources, "offer_held": resources,
            "status": workerStatus, "last_seen": .time, "created": .time,
        ])
}

// MARK: - Batches, and the code of deployments

extension Schema {
    static let batch = record(
        "Batch",
        [
            "id": .id, "name": .text, "deployment_id": .id, "size": .count, "created": .time, "is_paused": .flag,
            "max_concurrent": .whole.orNull, "flow_name": .text.orNull, "deployment_name": .text.orNull,
            "runs": runTally,
        ])

    private static let dayOrMoment = any(of: .time, text(matching: #"^\d{4}-\d{2}-\d{2}$"#))
    static let backfillCreate = body(
        "BackfillCreate", required: ["from": dayOrMoment, "to": dayOrMoment],
        optional: [
            "every": .number, "timezone": .text, "schedule": .text, "reverse": .flag,
            "max_concurrent": .whole(from: 1),
            "rerun": .words(of: Rerun.self), "name": .text, "parameters": .map, "tags": .list(of: .text),
            "priority": .whole, "dry_run": .flag,
        ])
    static let backfill = record(
        "Backfill",
        [
            "batch": batch.orNull, "runs": .count,
            "skipped": record(["completed": .count, "failed": .count, "under_way": .count]), "first": .time.orNull,
            "last": .time.orNull,
        ])
    static let cancelled = record(["cancelled": .count])
    static let retried = record(["retried": .count])

    /// A SHA-256.
    static let digest = text(matching: "^[0-9a-f]{64}$")
    static let bundle = record("Bundle", ["digest": digest, "size": .count])
}

// MARK: - Limits

extension Schema {
    private static let limitName = text(matching: "^[^/%&><]+$")
    /// As many as the integers of Prefect's database hold.
    private static let slots = whole(0...Int(Int32.max))

    static let limitCreate = body(
        "ConcurrencyLimitV2Create", required: ["name": limitName, "limit": slots],
        optional: [
            "active": .flag, "slot_decay_per_second": .number(from: 0), "active_slots": slots, "denied_slots": slots,
        ])
    static let limitUpdate = body(
        "ConcurrencyLimitV2Update",
        optional: [
            "name": limitName, "limit": slots, "active": .flag, "slot_decay_per_second": .number(from: 0),
            "active_slots": slots, "denied_slots": slots,
        ])

    private static let limitMembers: SchemaMembers = [
        "id": .id, "created": .time, "updated": .time, "active": .flag, "name": .text, "limit": .count,
        "active_slots": .count, "slot_decay_per_second": .number,
    ]
    static let globalLimit = record("GlobalConcurrencyLimitResponse", limitMembers)
    static let limit2 = record(
        "ConcurrencyLimitV2", limitMembers + ["denied_slots": .count, "avg_slot_occupancy_seconds": .seconds])
    static let limitBriefs = list(
        of: record("MinimalConcurrencyLimitResponse", ["id": .id, "name": .text, "limit": .count]))
    static let leasedLimits = record(["lease_id": .id, "limits": limitBriefs])

    private static let wantedSlots: SchemaMembers = [
        "names": .list(of: .text, atMost: 1000), "slots": .whole(1...Int(Int32.max)),
    ]
    private static let mode: SchemaMembers = ["mode": .words(["concurrency", "rate_limit"])]
    private static let leaseDuration: SchemaMembers = ["lease_duration": .number(60...86_400)]

    static let takeSlots = body(required: wantedSlots, optional: mode)
    static let leaseSlots = body(
        required: wantedSlots,
        optional: mode + leaseDuration + [
            "holder": .strictHolder
        ])
    private static let strictHolder = body(
        required: ["type": .words(of: LimitHolder.Kind.self), "id": .id]
    ).with("additionalProperties", false).named("ConcurrencyLeaseHolder")
    static let releaseSlots = body(required: wantedSlots, optional: ["occupancy_seconds": .number(above: 0)])
    static let releaseLease = body(required: ["lease_id": .id])
    static let renewLease = body(optional: leaseDuration)

    static let tagLimitCreate = body(
        "ConcurrencyLimitCreate", required: ["tag": .segment, "concurrency_limit": slots])
    static let tagLimit = record(
        "ConcurrencyLimit",
        [
            "id": .id, "created": .time, "updated": .time, "tag": .text, "concurrency_limit": .count,
            "active_slots": .list(of: .id),
        ])
    static let tagReset = body(optional: ["slot_override": .list(of: .id)])
    static let tagSlots = body(required: ["names": .list(of: .text, atMost: 1000), "task_run_id": .id])
}
