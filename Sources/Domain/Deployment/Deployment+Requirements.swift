extension Deployment {
    /// What its runs ask of an agent: what it says itself, and an engine where they execute in containers.
    ///
    /// - Parameter pool: that they wait in; its type decides for the deployments of Prefect's clients.
    public func requirements(in pool: WorkPool?) -> Requirements {
        if let execution { return execution.needs }
        return pool?.type == WorkPool.dockerType
            ? Requirements(labels: [ExecutionSpec.containerLabel: "true"]) : Requirements()
    }
}
