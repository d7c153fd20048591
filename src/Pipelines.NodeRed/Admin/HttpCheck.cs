namespace Pipelines.NodeRed.Admin;

/// <summary>A pipeline's own question to the flows of a replica; the only proof that they do what they are for.</summary>
public sealed record HttpCheck
{
    /// <summary>Under the replica's flow URL, with its query: <c>/orders/health?deep=1</c>. Asked with GET.</summary>
    public required string Path { get; init; }

    /// <summary>Default 200.</summary>
    public int ExpectedStatus { get; init; } = 200;

    /// <summary>Text that the body must contain, or null.</summary>
    public string? BodyContains { get; init; }

    /// <summary>A JSON Pointer (RFC 6901) into the body, <c>/status/0/text</c>, or null.</summary>
    public string? JsonPointer { get; init; }

    /// <summary>What is there: text as it is, anything else as JSON (<c>42</c>, <c>true</c>). Null: it is enough that something is there.</summary>
    public string? JsonEquals { get; init; }

    /// <summary>For one try. Default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
