import Domain
import JSON
import Orchestration

// Look-outs for objects in stores.

extension Schema {
    private static let secretReference = text.meaning("Placeholders for secrets: {{ secrets.NAME }}")

    private static let s3Source = body(
        "S3Source", required: ["bucket": text],
        optional: [
            "prefix": text, "key": text, "endpoint": text, "region": text, "access_key": text,
            "secret_key": secretReference, "session_token": secretReference, "allow_private_urls": flag,
        ])

    private static let googleSource = body(
        "GoogleSource", required: ["bucket": text],
        optional: [
            "prefix": text, "key": text, "endpoint": text, "credentials": secretReference, "access_key": text,
            "secret_key": secretReference, "allow_private_urls": flag,
        ])

    static let sensorCreate = body(
        "SensorCreate", required: ["name": text(1...500)],
        optional: [
            "s3": s3Source, "gcs": googleSource, "every": .number(5...86_400), "existing": .flag, "enabled": .flag,
        ])

    static let sensorUpdate = body(required: ["enabled": .flag])

    static let sensorListRequest = body(
        optional: ["sort": .words(of: SensorOrder.self), "limit": .whole(0...200), "offset": offset])

    static let sensor = record(
        "Sensor",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "every": .seconds, "existing": .flag,
            "enabled": .flag, "deployment_id": .id.orNull, "next_look": .time.orNull, "last_look": .time.orNull,
            "is_primed": .flag, "objects": .whole(0...Int(Int32.max)), "failures": .whole(0...Int(Int32.max)),
            "error": .text.orNull, "s3": .map.orNull, "gcs": .map.orNull,
        ])
}
