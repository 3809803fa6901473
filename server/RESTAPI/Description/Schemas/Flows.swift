import Domain
import JSON
import Orchestration

// Flows, deployments, their schedules and versions.

extension Schema {
    static let flow = record(
        "Flow",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "tags": .list(of: .text), "labels": .map,
        ])
    static let flowCreate = body(
        "FlowCreate", required: ["name": .name], optional: ["tags": .list(of: .text), "labels": .map])
    static let flowUpdate = body("FlowUpdate", given: ["tags": .list(of: .text)])
}

// MARK: - Schedules

extension Schema {
    /// Seconds, a hundred years at most.
    private static let interval = number(above: 0).with("maximum", 3_155_760_000)

    /// A name of the IANA time zone database.
    private static let zone = text(as: "iana-time-zone")

    private static let cron = strict(
        "CronSchedule", required: ["cron": .text(as: "cron")], optional: ["timezone": zone, "day_or": .flag])
    private static let everySoOften = strict(
        "IntervalSchedule", required: ["interval": .interval],
        optional: ["timezone": zone, "anchor_date": .time])
    private static let rules = strict(
        "RRuleSchedule", required: ["rrule": .text(as: "rrule")], optional: ["timezone": zone])

    /// Bodies in which unknown members are refused: one kind of schedule is known from another by its members.
    private static func strict(
        _ name: String, required: SchemaMembers = [:], optional: SchemaMembers
    ) -> Schema {
        body(required: required, optional: optional).with("additionalProperties", false).named(name)
    }

    static let schedule = any(of: cron, everySoOften, rules)

    private static let daylightSaving = strict(
        "DaylightSaving",
        optional: [
            "left_out": .words(of: DaylightSaving.LeftOut.self),
            "repeated": .words(of: DaylightSaving.Repeated.self),
        ])

    private static let missed = any(
        of: .words(MissedRuns.words), body(required: ["within": .span])
    ).named("MissedRuns")

    private static let jitter = number(0...DeploymentSchedule.longestJitter.inSeconds)

    private static let scheduleMembers: SchemaMembers = [
        "active": .flag, "max_scheduled_runs": .whole(1...50), "parameters": .map, "slug": .text, "replaces": .text,
        "daylight_saving": daylightSaving, "missed": missed.orNull, "overlap": .words(of: Overlap.self),
        "jitter": jitter,
    ]

    static let scheduleCreate = body(
        "DeploymentScheduleCreate", required: ["schedule": schedule], optional: scheduleMembers)
    static let scheduleUpdate = body(
        "DeploymentScheduleUpdate", optional: scheduleMembers + ["schedule": schedule])

    static let deploymentSchedule = record(
        "DeploymentSchedule",
        [
            "id": .id, "created": .time, "updated": .time, "deployment_id": .id, "schedule": schedule,
            "active": .flag, "max_scheduled_runs": .whole(1...50).orNull, "parameters": .map, "slug": .text.orNull,
            "max_active_runs": .null, "catchup": .flag, "daylight_saving": daylightSaving, "missed": missed.orNull,
            "overlap": .words(of: Overlap.self), "jitter": jitter,
        ])

    static let schedulePreview = body(
        required: ["schedule": schedule],
        optional: [
            "daylight_saving": daylightSaving, "start": .time, "count": .whole(1...Orchestrator.mostPreviewed),
        ])

    static let previewedFire = record(
        "PreviewedFire",
        [
            "time": .time, "local": .text, "utc_offset": .whole, "fires": .flag,
            "fate": .words(of: PreviewedFire.Fate.self), "clock_change": .whole,
        ])

    static let scheduledRunsRequest = body(
        optional: [
            "start_time": .time, "end_time": .time, "min_time": .number, "min_runs": .whole,
            "max_runs": .whole(0...Orchestrator.mostRunsAsked),
        ])
}

// MARK: - Deployments

extension Schema {
    private static let retries = body(
        "RetryPolicy", required: ["limit": .count],
        optional: [
            "delay": .span, "backoff": .words(of: RetryPolicy.Backoff.self), "factor": .number,
            "maximum_delay": .span, "jitter": .number(0...1),
        ])

    /// Seconds, up to a thousand years.
    static let span = number(0...31_557_600_000)

    /// How an agent of Sluice executes runs.
    private static let execution = body(
        "ExecutionSpec",
        required: ["command": .any(of: .text, Schema.list(of: .text).with("minItems", 1))],
        optional: [
            "env": .map(of: .text), "working_directory": .text,
            "bundle": body(required: ["digest": digest, "size": .whole]), "code": code,
            "python": body(optional: ["version": .text, "requirements": .list(of: .text)]), "retries": retries,
            "crash_retries": retries, "timeout": .span, "grace": .span, "lease": .number(5...31_557_600_000),
            "reports_for_itself": .flag, "priority": .whole, "requires": requirements, "rate_limit": rate,
            "container": container, "limits": processLimits, "user": .text,
        ])

    /// Where an agent has the code from. Credentials are references, such as `{{ secrets.token }}`.
    private static let code = body(
        "CodeSource",
        optional: SchemaMembers(
            CodeSource.Kind.allCases.map { kind in
                switch kind {
                case .path: (kind.rawValue, .text)
                case .image: (kind.rawValue, .flag)
                default:
                    (
                        kind.rawValue,
                        body(optional: SchemaMembers(kind.settings.map { ($0.rawValue, .text) }))
                    )
                }
            }))

    /// What runs ask of an agent.
    private static let requirements = body(
        "Requirements",
        optional: [
            "labels": .map(of: .text),
            "cpu": .any(of: .number(0...100_000), .text(matching: #"^(0|[1-9][0-9]{0,4})(\.[0-9]{1,3})?$"#)),
            "memory": .any(of: .whole(0...1 << 50), .text(matching: "^[1-9][0-9]{0,3} ?([kKmMgGtT]i?[bB]?)?$")),
            "gpu": .whole(0...10_000),
        ])

    private static let retention = body(
        "RunRetention",
        optional: ["age": .any(of: .words(["forever"]), .span), "count": .any(of: .words(["all"]), .count)])

    private static let concurrencyOptions = body(
        "ConcurrencyOptions", required: ["collision_strategy": .words(of: CollisionStrategy.self)],
        optional: ["grace_period_seconds": .whole(60...86_400)])

    private static let levelBound: Schema = .any(
        of: .span,
        body("DailyTime", required: ["by": .text], optional: ["timezone": .text, "days": .text]))

    private static let serviceLevel = body(
        "ServiceLevel", optional: ["late": .span, "duration": .span, "missing": levelBound])

    static let levelBreach = record(
        "LevelBreach",
        [
            "id": .id, "deployment_id": .id, "flow_run_id": .id.orNull, "flow_run_name": .text.orNull,
            "sla": .words(of: ServiceLevel.Kind.self), "limit": levelBound, "since": .time, "told": .time,
        ])

    /// What a run has not kept.
    static let runBreach = record([
        "sla": .words(of: ServiceLevel.Kind.self), "limit": levelBound, "since": .time, "told": .time,
    ])

    private static let statedTrigger = body(
        "StatedTrigger", required: ["name": .text],
        optional: ["hook": .text, "trigger": .map, "parameters": .map, "schedule_after": .span])

    private static let deploymentMembers: SchemaMembers =
        [
            "version": .text, "description": .text, "paused": .flag, "is_schedule_active": .flag, "schedule": schedule,
            "tags": .list(of: .text), "labels": .map, "parameters": .map, "parameter_openapi_schema": .map,
            "enforce_parameter_schema": .flag, "work_pool_name": .text, "work_queue_name": .text,
            "concurrency_limit": .count, "concurrency_options": concurrencyOptions, "execution": execution,
            "retention": retention, "job_variables": .map, "infra_overrides": .map,
        ] + DeploymentExtras.members.members

    static let deploymentCreate = body(
        "DeploymentCreate", required: ["name": .name, "flow_id": .id],
        optional: deploymentMembers + [
            "schedules": .list(of: scheduleCreate), "sla": serviceLevel, "triggers": .list(of: statedTrigger),
        ])
    static let deploymentUpdate = body(
        "DeploymentUpdate", optional: deploymentMembers + ["schedules": .list(of: scheduleUpdate)])

    static let deployment = record(
        "DeploymentResponse",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "version": .text.orNull,
            "description": .text.orNull, "flow_id": .id, "paused": .flag, "schedules": .list(of: deploymentSchedule),
            "concurrency_limit": .null, "global_concurrency_limit": globalLimit.orNull,
            "concurrency_options": .any(
                of: .record([
                    "collision_strategy": .words(of: CollisionStrategy.self),
                    "grace_period_seconds": .whole(60...86_400).orNull,
                ]), .null), "job_variables": .map, "parameters": .map, "tags": .list(of: .text), "labels": .map,
            "work_queue_name": .text.orNull, "work_queue_id": .id.orNull, "last_polled": .time.orNull,
            "parameter_openapi_schema": .map, "path": .text.orNull,
            "pull_steps": Schema.list(of: .map).orNull, "entrypoint": .text.orNull,
            "storage_document_id": .id.orNull, "infrastructure_document_id": .id.orNull, "created_by": .null,
            "updated_by": .null, "work_pool_name": .text.orNull, "status": .words(["READY", "NOT_READY"]),
            "enforce_parameter_schema": .flag,
        ] + [
            "infra_overrides": .map, "manifest_path": .null, "schedule": schedule.orNull, "is_schedule_active": .flag,
            "flow_name": .text.orNull, "execution": execution.orNull, "retention": retention.orNull,
            "version_number": .count, "sla": serviceLevel.orNull,
        ])

    static let deploymentVersion = record(
        "DeploymentVersion",
        [
            "number": .count, "created": .time, "restored_from": .count.orNull, "version": .text.orNull,
            "description": .text.orNull, "tags": .list(of: .text), "labels": .map, "parameters": .map,
            "parameter_openapi_schema": .map.orNull, "enforce_parameter_schema": .flag, "work_queue_id": .id.orNull,
            "concurrency_limit": .count.orNull, "execution": execution.orNull, "job_variables": .map,
        ])

    static let rollback = body(optional: ["version": .whole])
    static let deploymentPoll = body(
        required: ["deployment_ids": .list(of: .id)], optional: poll)
}
