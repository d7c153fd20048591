namespace Pipelines.Service.Http;

/// <summary>What a token may do, with all pipelines or with those that it is limited to. Each stands for itself; <see cref="Administer"/> for all.</summary>
internal static class Scopes
{
    /// <summary>See everything.</summary>
    public const string Read = "read";

    /// <summary>Start promotions.</summary>
    public const string Promote = "promote";

    /// <summary>Abort and retry them.</summary>
    public const string Operate = "operate";

    /// <summary>Make and revoke tokens, and all else.</summary>
    public const string Administer = "administer";

    public static readonly IReadOnlyList<string> All = [Read, Promote, Operate, Administer];
}
