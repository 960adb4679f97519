import FoundationEssentials
import SallyportConfig
import SallyportIdentity
import SallyportStore

/// What a gateway needs beside its database: private files, certificates that last, room.
struct Surroundings {
  private let values: ConfigValues
  private let now = Date()

  init(_ values: ConfigValues) { self.values = values }

  func examine() -> [StoreFinding] {
    let database = values[GatewaySettings.database]
    return [
      privacy(["", "-wal", "-shm"].map { database + $0 } + [values[GatewaySettings.caKey]]),
      certificate(
        "gateway CA", values[GatewaySettings.caCertificate], warningBefore: 30 * 86_400,
        hint: "make a new one before that"),
      certificate(
        "server certificate",
        CredentialFiles(directory: values[GatewaySettings.serverDirectory])
          .certificatePath, warningBefore: 0, hint: "'serve' makes a new one at its start"),
      room(beside: database),
    ]
  }

  private func privacy(_ paths: [String]) -> StoreFinding {
    let open = paths.filter { FileFacts.isOpenToOthers($0) }
    return open.isEmpty
      ? StoreFinding("permissions", .ok, "the database and the CA's key are the gateway's alone")
      : StoreFinding(
        "permissions", .failed, "others can access \(open.joined(separator: ", ")); chmod 600")
  }

  private func certificate(
    _ name: String, _ path: String, warningBefore seconds: Double, hint: String
  ) -> StoreFinding {
    do {
      guard let leaf = try CertificateFile.load(path).first else {
        return StoreFinding(name, .failed, "\(path) holds no certificate")
      }
      let end = try CertificateSummary(der: leaf).notAfter
      let left = end.timeIntervalSince(now)
      let days = "until \(end.ISO8601Format()), \(Int(max(0, left) / 86_400)) days"
      if left <= 0 {
        // The server's is renewed by whoever serves.
        return StoreFinding(name, seconds > 0 ? .failed : .warning, "ended \(days); \(hint)")
      }
      return left < seconds
        ? StoreFinding(name, .warning, "\(days); \(hint)") : StoreFinding(name, .ok, days)
    } catch {
      return StoreFinding(name, .failed, "\(error)")
    }
  }

  private func room(beside path: String) -> StoreFinding {
    guard let free = FileFacts.free(beside: path) else {
      return StoreFinding("free space", .failed, "the disk of \(path) cannot be asked")
    }
    let reserve = values[GatewaySettings.reserve]
    let detail = "\(free >> 20) MiB, of which \(reserve >> 20) MiB are kept for jobs that run"
    return free < Int64(reserve)
      ? StoreFinding("free space", .warning, detail + ": new jobs are refused")
      : StoreFinding("free space", .ok, detail)
  }
}
