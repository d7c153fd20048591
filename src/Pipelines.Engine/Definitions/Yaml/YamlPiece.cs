namespace Pipelines.Engine.Definitions.Yaml;

/// <summary>A place in a file; both numbers begin with 1, as editors count.</summary>
internal sealed record Place(int Line, int Column);

/// <summary>A piece of a YAML file that knows where it stands.</summary>
internal abstract record YamlPiece(Place At)
{
    public abstract string Is { get; }
}

// Plain is what was written without quotes: YAML may take it for a number, true, false or nothing.
internal sealed record YamlText(Place At, string Value, bool Plain) : YamlPiece(At)
{
    public bool IsNothing => Plain && Value is "" or "~" or "null" or "Null" or "NULL";

    public override string Is => IsNothing ? "nothing" : "a single value";
}

/// <summary>Something that was refused already; what is around it is still read.</summary>
internal sealed record YamlRefused(Place At) : YamlPiece(At)
{
    public override string Is => "something that is not read";
}

internal sealed record YamlList(Place At, IReadOnlyList<YamlPiece> Items) : YamlPiece(At)
{
    public override string Is => "a list";
}

internal sealed record YamlMap(Place At, IReadOnlyList<YamlEntry> Entries) : YamlPiece(At)
{
    public override string Is => "a map";
}

internal sealed record YamlEntry(Place At, string Key, YamlPiece Value);
