import Dispatch

/// Where files are read: what waits for the disk is not to hold up all else.
enum PrefectUIReading {
    static let queue = DispatchQueue(label: "prefect-ui", attributes: .concurrent)
}
