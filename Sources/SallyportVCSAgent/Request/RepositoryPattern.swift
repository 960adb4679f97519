package import SallyportCore

/// A pattern of repository names: `team/app.git`, `team/*`, `team/**`, `**`.
///
/// Segments are compared one by one and case-sensitively. `*` stands for any run of characters
/// within one segment, `**`, a segment of its own, for one or more whole segments. `team/app` does
/// not match `team/app.git`: names are compared as they are.
package struct RepositoryPattern: Hashable, Sendable, CustomStringConvertible {
  private enum Segment: Hashable, Sendable {
    case anyNumber
    case glob([UInt8])
  }

  package let text: String
  private let segments: [Segment]

  /// - Throws: ``InvalidPattern``.
  package init(_ text: String) throws(InvalidPattern) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    // With every star replaced by a letter, a pattern has the form of a name.
    let sample = text.replacing("*", with: "x")
    do {
      _ = try RepositoryName(sample)
    } catch {
      throw InvalidPattern(text: text, reason: error.reason)
    }
    var segments: [Segment] = []
    for part in parts {
      if part == "**" {
        segments.append(.anyNumber)
      } else if part.contains("**") {
        throw InvalidPattern(text: text, reason: "'**' is a segment of its own")
      } else {
        segments.append(.glob(Array(part.utf8)))
      }
    }
    self.text = text
    self.segments = segments
  }

  package var description: String { text }

  package func matches(_ name: RepositoryName) -> Bool {
    let parts = name.segments.map { Array($0.utf8) }
    // reached[i]: the pattern so far matches the first i segments of the name.
    var reached = [Bool](repeating: false, count: parts.count + 1)
    reached[0] = true
    for segment in segments {
      var next = [Bool](repeating: false, count: parts.count + 1)
      for index in 1..<reached.count {
        switch segment {
        case .anyNumber: next[index] = reached[index - 1] || next[index - 1]
        case .glob(let glob):
          next[index] = reached[index - 1] && Self.matches(glob, parts[index - 1])
        }
      }
      reached = next
    }
    return reached[parts.count]
  }

  /// Matches stars greedily with one step back, in time proportional to the product of lengths.
  private static func matches(_ glob: [UInt8], _ text: [UInt8]) -> Bool {
    var (g, t) = (0, 0)
    var retry: (glob: Int, text: Int)?
    while t < text.count {
      if g < glob.count, glob[g] == UInt8(ascii: "*") {
        retry = (g + 1, t)
        g += 1
      } else if g < glob.count, glob[g] == text[t] {
        g += 1
        t += 1
      } else if let last = retry {
        retry = (last.glob, last.text + 1)
        g = last.glob
        t = last.text + 1
      } else {
        return false
      }
    }
    return glob[g...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}

/// A text that is not a ``RepositoryPattern``.
package struct InvalidPattern: Error, Hashable, CustomStringConvertible {
  package let text: String
  package let reason: String

  package var description: String {
    "invalid repository pattern \(String(reflecting: text)): \(reason)"
  }
}
