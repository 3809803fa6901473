import Glibc

/// Work that waits for the disk, on a thread of its own: on one of Swift's few, it would hold up all else.
enum BlockingWork {
    private typealias Body = @Sendable () -> Void

    private final class Box {
        let body: Body
        init(_ body: @escaping Body) { self.body = body }
    }

    static func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(BundleError) -> Value
    ) async -> Result<Value, BundleError> {
        await withCheckedContinuation { continuation in
            start {
                do throws(BundleError) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
    }

    private static func start(_ body: @escaping Body) {
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        if code == 0 {
            pthread_detach(thread)
        } else {
            // Slower for the others, but done.
            box.takeRetainedValue().body()
        }
    }
}
