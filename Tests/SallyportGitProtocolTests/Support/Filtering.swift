import SallyportGitProtocol

/// What became of an answer or a request.
struct Filtered {
  var output: [UInt8] = []
  var shown = ShownObjects()
  var refs = RefCount()
  var version: ProtocolVersion?

  var lines: [String] { (try? Wire.lines(output)) ?? ["not pkt-lines"] }
}

extension FetchPermission {
  /// These refs and no other.
  static func only(_ names: String..., commits: Set<ObjectID> = []) -> FetchPermission {
    .refs(commits: commits) { names.contains($0.rawValue) }
  }
}

func advertise(
  _ bytes: [UInt8], _ permission: FetchPermission, sizes: [Int] = [.max]
) throws -> Filtered {
  var filter = AdvertisementFilter(permission: permission)
  var filtered = Filtered()
  for piece in Wire.pieces(bytes, of: sizes) {
    filtered.output += try filter.receive(piece, showing: &filtered.shown)
  }
  try filter.finish()
  filtered.refs = filter.refs
  filtered.version = filter.version
  return filtered
}

func list(
  _ bytes: [UInt8], _ permission: FetchPermission, sizes: [Int] = [.max]
) throws -> Filtered {
  var filter = LsRefsFilter(permission: permission)
  var filtered = Filtered()
  for piece in Wire.pieces(bytes, of: sizes) {
    filtered.output += try filter.receive(piece, showing: &filtered.shown)
  }
  try filter.finish()
  filtered.refs = filter.refs
  return filtered
}

/// A whole request through the inspector.
struct Inspected {
  var output: [UInt8] = []
  var inspector: FetchRequestInspector

  init(
    _ bytes: [UInt8], _ permission: FetchPermission, shown: ShownObjects = ShownObjects(),
    sizes: [Int] = [.max]
  ) throws(FetchRefusal) {
    inspector = FetchRequestInspector(permission: permission)
    for piece in Wire.pieces(bytes, of: sizes) {
      output += try inspector.receive(piece, shown: shown)
    }
    output += try inspector.finish(shown: shown)
  }

  var lines: [String] { (try? Wire.lines(output)) ?? ["not pkt-lines"] }
}

/// The code with which a request is refused; nil where it is not.
func refusal(
  _ bytes: [UInt8], _ permission: FetchPermission, shown: ShownObjects = ShownObjects()
) -> FetchRefusal.Code? {
  do throws(FetchRefusal) {
    _ = try Inspected(bytes, permission, shown: shown)
    return nil
  } catch {
    return error.code
  }
}
