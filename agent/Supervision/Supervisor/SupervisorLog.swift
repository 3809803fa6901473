import Glibc

/// One line on the supervisor's stderr, which is `supervisor.log`. For rare things only: nothing is logged per child.
func supervisorLog(_ message: String, to descriptor: Int32 = 2) {
    var seconds = time(nil)
    var date = tm()
    gmtime_r(&seconds, &date)
    let day = "\(date.tm_year + 1900)-\(twoDigits(date.tm_mon + 1))-\(twoDigits(date.tm_mday))"
    let line = "\(day)T\(twoDigits(date.tm_hour)):\(twoDigits(date.tm_min)):\(twoDigits(date.tm_sec))Z \(message)\n"
    _ = line.utf8.withContiguousStorageIfAvailable { write(descriptor, $0.baseAddress, $0.count) }
}

private func twoDigits(_ number: Int32) -> String {
    number < 10 ? "0\(number)" : "\(number)"
}
