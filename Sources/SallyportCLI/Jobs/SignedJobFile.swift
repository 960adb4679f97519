import SallyportConfig
import SallyportCore
import SallyportSigning

/// The file of a signed job: an envelope as JSON.
struct SignedJobFile {
  let envelope: [UInt8]
  /// As the envelope says; nobody has verified it.
  let statement: JobStatement

  /// - Throws: ``ErrorReport`` with exit code 65, naming the file.
  init(_ path: String) throws(ErrorReport) {
    do {
      let file = try BoundedFile.read(path, limit: DSSEEnvelope.maximumLength)
      // A file ends with a newline; what was signed has none.
      envelope = Array(file.reversed().drop { $0 == UInt8(ascii: "\n") }.reversed())
      statement = try JobStatement(parsing: try DSSEEnvelope(parsing: envelope).payload)
    } catch {
      throw ErrorReport("\(path): \(error)", exitCode: SallyportCore.ExitCode.dataError)
    }
  }
}
