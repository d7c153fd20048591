namespace Pipelines.Storage.Snapshots;

internal static class SnapshotSql
{
    public static readonly string NobodyKeeps = Query.Load("snapshots/nobody_keeps");
    public static readonly string Trim = Query.Load("snapshots/trim");
}
