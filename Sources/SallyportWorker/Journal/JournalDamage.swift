/// What was wrong with a journal whose whole records do not follow each other to its end.
package struct JournalDamage: Hashable, Sendable {
  /// Where the damaged file is kept for people to look at; the next one takes its place.
  package let copy: String
  /// Records that were found behind the damage.
  package let salvaged: Int
}
