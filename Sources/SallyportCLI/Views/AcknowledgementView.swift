/// What a command without a result of its own has done.
struct AcknowledgementView: DetailView {
  let id: String
  /// For example "revoked".
  let result: String

  var details: [(name: String, value: String)] { [(id, result)] }
}
