/// The keys that Prefect 3.8's server has in its answers.
enum PrefectKeys {
    static let flow = keys("id created updated name tags labels")

    static let run = keys(
        """
        id created updated name flow_id state_id deployment_id deployment_version work_queue_id work_queue_name \
        flow_version parameters idempotency_key context empirical_policy tags labels parent_task_run_id state_type \
        state_name run_count expected_start_time next_scheduled_start_time start_time end_time total_run_time \
        estimated_run_time estimated_start_time_delta auto_scheduled infrastructure_document_id infrastructure_pid \
        created_by work_pool_id work_pool_name state job_variables
        """)

    static let policy = keys("max_retries retry_delay_seconds retries retry_delay pause_keys resuming retry_type")

    static let state = keys("id type name timestamp message data state_details")

    static let stateDetails = keys(
        """
        flow_run_id task_run_id child_flow_run_id scheduled_time cache_key cache_expiration deferred \
        untrackable_result pause_timeout pause_reschedule pause_key run_input_keyset refresh_cache retriable transition_id \
        task_parameters_id traceparent deployment_concurrency_lease_id
        """)

    static let deployment = keys(
        """
        id created updated name version description flow_id paused schedules concurrency_limit \
        global_concurrency_limit concurrency_options job_variables parameters tags labels work_queue_name \
        work_queue_id last_polled parameter_openapi_schema path pull_steps entrypoint storage_document_id \
        infrastructure_document_id created_by updated_by work_pool_name status enforce_parameter_schema
        """)

    static let schedule = keys("id created updated deployment_id schedule active max_scheduled_runs parameters slug")

    static let limit = keys("id created updated active name limit active_slots slot_decay_per_second")

    static let wholeLimit = keys(
        """
        id created updated active name limit active_slots denied_slots slot_decay_per_second avg_slot_occupancy_seconds
        """)

    static let tagLimit = keys("id created updated tag concurrency_limit active_slots")

    static let history = keys("interval_start interval_end states")

    static let historyState = keys(
        "state_type state_name count_runs sum_estimated_run_time sum_estimated_lateness")

    static let runMark = keys("id state_type timestamp duration lateness")

    static let nextRun = keys("id flow_id name state_name state_type next_scheduled_start_time")

    static let pool = keys(
        """
        id created updated name description type base_job_template is_paused concurrency_limit status \
        default_queue_id storage_configuration active_slots
        """)

    static let queue = keys(
        """
        id created updated name description is_paused concurrency_limit priority work_pool_id filter last_polled \
        work_pool_name status active_slots
        """)

    static let worker = keys(
        "id created updated name work_pool_id last_heartbeat_time heartbeat_interval_seconds status")

    static let workPool = keys(
        """
        id created updated name description type base_job_template is_paused concurrency_limit status active_slots \
        storage_configuration default_queue_id
        """)

    static let workerReady = keys(
        """
        consumer_id worker_id selected_channel_version effective_heartbeat_interval_seconds accepted_capabilities \
        rejected_capabilities effective_max_cleanup_concurrency resolved_work_queues initial_snapshot
        """)

    static let slotSummary = keys(
        "id name state_type state_name start_time state_timestamp time_in_current_state")

    static let queueStatus = keys("healthy late_runs_count last_polled health_check_policy")

    static let log = keys("id created updated name level message timestamp flow_run_id task_run_id")

    static let page = keys("results count limit pages page")

    static let blockType = keys(
        "id created updated name slug logo_url documentation_url description code_example is_protected")

    static let blockSchema = keys(
        "id created updated checksum fields block_type_id block_type capabilities version")

    static let blockDocument = keys(
        """
        id created updated name data block_schema_id block_schema block_type_id block_type_name block_type \
        block_document_references is_anonymous
        """)

    static let heldBlock = keys("id name block_type is_anonymous block_document_references")

    static let variable = keys("id created updated name value tags")

    static let artifact = keys(
        "id created updated key type description data metadata_ flow_run_id task_run_id")

    static let savedSearch = keys("id created updated name filters")

    static let input = keys("id created updated flow_run_id key value sender")

    /// Keys whose value may be absent for a Prefect client, but never null.
    static let neverNull: Set<String> = [
        "id", "name", "parameters", "context", "empirical_policy", "tags", "labels", "run_count", "total_run_time",
        "estimated_run_time", "estimated_start_time_delta", "auto_scheduled", "timestamp", "state_details", "paused",
        "schedules", "job_variables", "enforce_parameter_schema", "base_job_template", "is_paused",
        "storage_configuration", "default_queue_id", "priority", "untrackable_result", "pause_reschedule",
        "max_retries", "retry_delay_seconds", "level",
    ]

    private static func keys(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
}
