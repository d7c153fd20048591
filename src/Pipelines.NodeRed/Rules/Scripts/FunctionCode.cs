namespace Pipelines.NodeRed.Rules.Scripts;

/// <summary>The properties of a function node that hold code.</summary>
internal static class FunctionCode
{
    public static readonly string[] All = ["initialize", "func", "finalize"];

    /// <summary>Those that run while the flows run; the third runs when they stop.</summary>
    public static readonly string[] Alive = ["initialize", "func"];
}
