namespace Pipelines.Storage.Outbox;

internal static class OutboxSql
{
    public static readonly string Insert = Query.Load("outbox/insert");
    public static readonly string InsertMany = Query.Load("outbox/insert_many");
    public static readonly string Claim = Query.Load("outbox/claim");
    public static readonly string NextDue = Query.Load("outbox/next_due");
    public static readonly string Delete = Query.Load("outbox/delete");
    public static readonly string Settle = Query.Load("outbox/settle");
    public static readonly string SettleOne = Query.Load("outbox/settle_one");
    public static readonly string SettleLast = Query.Load("outbox/settle_last");
    public static readonly string Cancel = Query.Load("outbox/cancel");
    public static readonly string Release = Query.Load("outbox/release");
    public static readonly string ReleaseOrphans = Query.Load("outbox/release_orphans");
    public static readonly string SetAsideDeadly = Query.Load("outbox/set_aside_deadly");
    public static readonly string Unsettled = Query.Load("outbox/unsettled");
    public static readonly string HandOver = Query.Load("outbox/hand_over");
    public static readonly string Postpone = Query.Load("outbox/postpone");
    public static readonly string Purge = Query.Load("outbox/purge");
}

internal static class InboxSql
{
    public static readonly string Insert = Query.Load("inbox/insert");
    public static readonly string Exists = Query.Load("inbox/exists");
    public static readonly string Trim = Query.Load("inbox/trim");
}
