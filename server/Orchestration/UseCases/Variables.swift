public import Domain
public import JSON
import Storage

extension Orchestrator {
    /// - Throws: `OrchestrationError.conflict` when the name is taken.
    public func createVariable(named name: String, value: JSONValue, tags: [String]) async throws -> Variable {
        try await change { change in
            try change.checkVariableIsNew(name)
            let variable = Variable(
                id: change.surroundings.newID(), name: name, value: value, tags: tags, created: change.now,
                updated: change.now)
            try change.store.insert(variable)
            try change.announce(.created, variable)
            return variable
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func variable(_ id: ID<Variable>) async throws -> Variable {
        try await database.read { try $0.variable(id) }.orNotFound("Variable", id)
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func variable(named name: String) async throws -> Variable {
        try await database.read { try $0.variable(named: name) }.orNotFound("Variable", name)
    }

    /// The variables that are asked for.
    public func variables(_ request: FilteredRequest<VariableFilters, VariableOrder>) async throws -> [Variable] {
        try await database.read { try $0.variables(request.query(request.filters.condition)) }
    }

    /// How many variables meet the filter.
    public func countVariables(_ filters: VariableFilters) async throws -> Int {
        try await count(in: .variable, filters.condition)
    }

    /// Changes a variable by `edit`.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` when its new name is taken.
    public func updateVariable(
        _ id: ID<Variable>, _ edit: @escaping @Sendable (inout Variable) -> Void
    ) async throws {
        try await change { change in
            try change.update(try change.store.variable(id).orNotFound("Variable", id), edit)
        }
    }

    /// The same, by its name.
    public func updateVariable(
        named name: String, _ edit: @escaping @Sendable (inout Variable) -> Void
    ) async throws {
        try await change { change in
            try change.update(try change.store.variable(named: name).orNotFound("Variable", name), edit)
        }
    }

    /// Gives a variable a value; makes it if it is not there. What changes nothing is not told of.
    ///
    /// - Parameter tags: nothing for those that it has.
    /// - Throws: `OrchestrationError.invalid` when it cannot be called so, or the value is too large.
    func setVariable(named name: String, to value: JSONValue, tags: [String]?) async throws -> Variable {
        guard Variable.isName(name) else {
            throw OrchestrationError.invalid(
                "'\(name)' is no name of a variable: that has 1 to \(Variable.longestName) lower-case letters, digits, "
                    + "dashes and underscores")
        }
        let size = value.serializedBytes().count
        guard size <= Variable.largestValue else {
            throw OrchestrationError.invalid(
                "the value for the variable '\(name)' has \(size) bytes; at most \(Variable.largestValue) are kept")
        }
        return try await change { change in
            guard let known = try change.store.variable(named: name) else {
                let variable = Variable(
                    id: change.surroundings.newID(), name: name, value: value, tags: tags ?? [], created: change.now,
                    updated: change.now)
                try change.store.insert(variable)
                try change.announce(.created, variable)
                return variable
            }
            guard known.value != value || known.tags != tags ?? known.tags else { return known }
            try change.update(known) {
                $0.value = value
                $0.tags = tags ?? $0.tags
            }
            return try change.store.variable(named: name) ?? known
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func deleteVariable(_ id: ID<Variable>) async throws {
        try await change { change in
            try change.delete(try change.store.variable(id).orNotFound("Variable", id))
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func deleteVariable(named name: String) async throws {
        try await change { change in
            try change.delete(try change.store.variable(named: name).orNotFound("Variable", name))
        }
    }
}

extension Change {
    fileprivate func checkVariableIsNew(_ name: String) throws {
        guard try store.variable(named: name) == nil else {
            throw OrchestrationError.conflict("A variable with the name '\(name)' already exists.")
        }
    }

    fileprivate mutating func delete(_ variable: Variable) throws {
        try store.deleteVariable(variable.id)
        try announce(.deleted, variable)
    }

    fileprivate mutating func update(_ variable: Variable, _ edit: (inout Variable) -> Void) throws {
        var edited = variable
        edit(&edited)
        if edited.name != variable.name { try checkVariableIsNew(edited.name) }
        edited.updated = now
        try store.update(edited)
        try announce(.updated, edited)
    }
}
