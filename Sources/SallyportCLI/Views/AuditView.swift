import SallyportProtos

struct AuditView: ListView {
  let sequence: UInt64
  let time: String
  let actor: String
  let action: String
  let object: String
  let decision: String
  let detail: String

  init(_ record: Sallyport_Operator_V1_AuditRecord) {
    sequence = record.sequence
    time = record.time.text
    actor = record.actor
    action = record.action
    object = record.object
    decision = record.decision
    detail = record.detail
  }

  static let columns = ["sequence", "time", "decision", "action", "object", "actor", "detail"]
  var cells: [String] { ["\(sequence)", time, decision, action, object, actor, detail] }
}
