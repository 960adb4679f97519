import SallyportCore

/// The listening sockets that a service manager has made for this process (`sd_listen_fds(3)`).
package struct SocketActivation: Hashable, Sendable {
  /// The first descriptor that is handed over.
  package static let firstDescriptor: Int32 = 3

  /// Names of the sockets, in the order of their descriptors.
  package let names: [String]

  /// Nil where there are none, or where they are another process's.
  ///
  /// - Parameter known: Every name that the program has a use for.
  /// - Throws: ``ErrorReport`` with exit code 78 for sockets that nobody would serve.
  package init?(
    environment: [String: String], process: Int32, known: [String]
  ) throws(ErrorReport) {
    guard environment["LISTEN_PID"] == String(process), let text = environment["LISTEN_FDS"] else {
      return nil
    }
    guard let count = Int(text), (1...64).contains(count) else {
      throw Self.report("LISTEN_FDS is no number of sockets: \(ShownText.escaped(text))")
    }
    let names = (environment["LISTEN_FDNAMES"] ?? "")
      .split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard names.count == count, Set(names).count == count, names.allSatisfy(known.contains) else {
      throw Self.report(
        "sockets of the service manager need FileDescriptorName= with one of "
          + "\(known.joined(separator: ", ")), each once")
    }
    self.names = names
  }

  private static func report(_ message: String) -> ErrorReport {
    ErrorReport(message, exitCode: SallyportCore.ExitCode.configuration)
  }
}
