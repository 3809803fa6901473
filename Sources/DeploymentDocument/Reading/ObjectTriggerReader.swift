import Domain
import JSON

/// Reads `object:` of a trigger: where objects appear that start runs.
struct ObjectTriggerReader {
    /// The path of the deployment, after which the sensor is named.
    let path: String

    func sensor(_ fields: Fields) -> ObjectSensorRequest? {
        guard let node = fields["object"] else { return nil }
        let keys = ObjectSource.Store.allCases.map(\.rawValue) + ["every", "existing"]
        guard let own = Fields(node, of: "'object'", keys: keys, problems: fields.problems) else { return nil }
        guard let source = source(node, own) else { return nil }
        let every = own.duration("every", shortest: ObjectSensor.shortestInterval) ?? ObjectSensor.standardInterval
        guard every <= ObjectSensor.longestInterval else {
            fields.add(own["every"] ?? node, "'every' is a day at most")
            return nil
        }
        return ObjectSensorRequest(
            name: "\(path) \(source.url)", source: source, every: every, includesExisting: isExisting(own))
    }

    /// Tells of triggers that look at the same place in different ways.
    static func check(_ triggers: [RunTrigger], _ node: YAMLNode, _ fields: Fields) {
        var sensors: [String: ObjectSensorRequest] = [:]
        for case .object(let sensor) in triggers.map(\.cause) {
            if let other = sensors[sensor.name], other != sensor {
                fields.add(
                    node, "two triggers look at \(sensor.source.url): 'object' has to say the same of it in both")
            }
            sensors[sensor.name] = sensor
        }
    }

    private func source(_ node: YAMLNode, _ fields: Fields) -> ObjectSource? {
        guard let json = node.json(fields.problems) else { return nil }
        do throws(JSONReadingError) {
            return try ObjectSource(reading: JSONReader(json))
        } catch {
            fields.add(node, "'object': \(error.description.replacing("Value error, ", with: ""))")
            return nil
        }
    }

    private func isExisting(_ fields: Fields) -> Bool {
        guard let node = fields["existing"] else { return false }
        guard let value = node.json(fields.problems)?.boolValue else {
            fields.add(node, "'existing' is true or false, not \(node.summary)")
            return false
        }
        return value
    }
}
