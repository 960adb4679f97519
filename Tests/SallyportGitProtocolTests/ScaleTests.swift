import FoundationEssentials
import SallyportGitProtocol
import Testing

/// Advertisements without end, and large ones.
@Suite(.serialized) struct ScaleTests {
  /// A million where each line is cheap.
  @Test(arguments: [(false, 1_000_000), (true, 100_000)])
  func manyRefs(isListing: Bool, count: Int) throws {
    let allowed = FetchPermission.refs { $0.utf8.starts(with: "refs/heads/".utf8) }
    var shown = ShownObjects()
    var advertisement = AdvertisementFilter(permission: allowed)
    var listing = LsRefsFilter(permission: allowed)
    var output = 0
    let before = try residentBytes()
    var piece = PktLineWriter()
    for number in 0..<count {
      piece.line("\(id(number)) refs/\(number % 4 == 0 ? "pull" : "heads")/branch-\(number)")
      guard piece.bytes.count > 60_000 || number == count - 1 else { continue }
      if number == count - 1 { piece.flush() }
      output +=
        isListing
        ? try listing.receive(piece.take(), showing: &shown).count
        : try advertisement.receive(piece.take(), showing: &shown).count
    }
    if isListing { try listing.finish() } else { try advertisement.finish() }
    #expect((isListing ? listing.refs : advertisement.refs).shown == count / 4 * 3)
    #expect((isListing ? listing.refs : advertisement.refs).withheld == count / 4)
    #expect(shown.count == count / 4 * 3)
    #expect(output > 50 * count)
    #expect(shown.contains(try #require(ObjectID(id(count - 1)))))
    #expect(shown.name(of: try #require(ObjectID(id(1))))?.rawValue == "refs/heads/branch-1")
    #expect(shown.contains(try #require(ObjectID(id(4)))) == false)
    // Ids, names, and what arrays have to spare.
    #expect(try residentBytes() - before < 20_000_000 + 140 * count)
  }

  /// No commit has such ids, but a server may name them: looking one up stays cheap.
  @Test(.timeLimit(.minutes(1)))
  func idsThatDifferOnlyAtTheirEnds() throws {
    let count = 20_000
    var shown = ShownObjects()
    var filter = LsRefsFilter(permission: .wholeRepository)
    for number in 0..<count {
      let digits = String(number + 1_000_000)
      let id = String(repeating: "a", count: 40 - digits.utf8.count) + digits
      _ = try filter.receive(Wire.bytes("\(id) refs/heads/b\(number)"), showing: &shown)
    }
    #expect(shown.count == count)
  }

  @Test func anAdvertisementWithoutEnd() throws {
    for version in ["", "version 1", "version 2"] {
      var filter = AdvertisementFilter(permission: .only("refs/heads/x"), maximumBytes: 1 << 20)
      var shown = ShownObjects()
      let line = Wire.bytes(version == "version 2" ? "unknown" : "\(id(1)) refs/heads/a")
      var received = 0
      let error = #expect(throws: InvalidAnswer.self) {
        if !version.isEmpty { _ = try filter.receive(Wire.bytes(version), showing: &shown) }
        while received < 2 << 20 {
          received += line.count
          _ = try filter.receive(line, showing: &shown)
        }
      }
      #expect(error?.code == .tooLarge)
    }
  }

  @Test func moreObjectsThanAreKept() throws {
    var limits = ShownObjects.Limits()
    limits.objects = 100
    var shown = ShownObjects(limits: limits)
    var filter = LsRefsFilter(permission: .refs { _ in true })
    let error = #expect(throws: InvalidAnswer.self) {
      for number in 0..<200 {
        _ = try filter.receive(Wire.bytes("\(id(number)) refs/heads/b\(number)"), showing: &shown)
      }
    }
    #expect(error?.code == .tooManyObjects)
    #expect(shown.count == 100)

    // Where any may be asked for, it does not matter which were shown.
    var whole = LsRefsFilter(permission: .wholeRepository)
    for number in 0..<200 {
      _ = try whole.receive(Wire.bytes("\(id(number)) refs/heads/b\(number)"), showing: &shown)
    }
    #expect(shown.count == 100)
    #expect(whole.refs.shown == 200)
  }

  @Test func namesBeyondTheirLimitAreNotKept() throws {
    var limits = ShownObjects.Limits()
    limits.names = 30
    var shown = ShownObjects(limits: limits)
    var filter = LsRefsFilter(permission: .wholeRepository)
    for number in 0..<5 {
      _ = try filter.receive(Wire.bytes("\(id(number)) refs/heads/b\(number)"), showing: &shown)
    }
    #expect(shown.name(of: try #require(ObjectID(id(1))))?.rawValue == "refs/heads/b1")
    #expect(shown.name(of: try #require(ObjectID(id(4)))) == nil)
    #expect(shown.contains(try #require(ObjectID(id(4)))))
  }

  private func id(_ number: Int) -> String {
    let digits = String(UInt64(number + 1) &* 0x9e37_79b9_7f4a_7c15, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
      + "0123456789abcdef01234567"
  }

  private func residentBytes() throws -> Int {
    let text = String(
      decoding: try Data(contentsOf: URL(filePath: "/proc/self/statm")), as: UTF8.self)
    let pages = text.split(separator: " ")[1]
    return (Int(pages) ?? 0) * 4_096
  }
}
