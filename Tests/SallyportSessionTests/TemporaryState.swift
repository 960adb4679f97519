import Foundation
import SallyportSession

/// Runs `body` with the path of a state directory that does not exist yet and is gone afterwards.
func withStatePath<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("sallyport-session-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: url) }
  return try await body(url.path)
}

func permissions(_ path: String) throws -> Int {
  let attributes = try FileManager.default.attributesOfItem(atPath: path)
  return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
}
