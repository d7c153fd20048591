namespace Pipelines.NodeRed.Rules.Scripts;

/// <summary>A context key as people write it: <c>orders.count</c>, <c>#:(disk)::orders</c>.</summary>
internal static class ContextKey
{
    private const string StoreHead = "#:(";
    private const string StoreTail = ")::";
    private static readonly char[] PathMarks = ['.', '['];

    /// <summary>The first part of the key, which is what a context holds, and the named store. A key of a parent is anybody's.</summary>
    public static (string? Root, string? Store) Split(string? key)
    {
        if (key is null)
        {
            return (null, null);
        }
        string? store = null;
        if (key.StartsWith(StoreHead, StringComparison.Ordinal) && key.IndexOf(StoreTail, StringComparison.Ordinal) is var end and > 0)
        {
            (store, key) = (key[StoreHead.Length..end], key[(end + StoreTail.Length)..]);
        }
        if (key.StartsWith("$parent.", StringComparison.Ordinal))
        {
            return (null, store);
        }
        var mark = key.IndexOfAny(PathMarks);
        return (mark > 0 ? key[..mark] : key, store);
    }
}
