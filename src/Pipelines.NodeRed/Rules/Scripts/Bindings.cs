using Acornima.Ast;

namespace Pipelines.NodeRed.Rules.Scripts;

/// <summary>Who declares which name where, so that a local <c>flow</c> is not taken for Node-RED's.</summary>
internal sealed class Scope(Scope? parent, Node? function)
{
    private readonly Dictionary<string, Binding> _names = new(StringComparer.Ordinal);

    public Scope? Parent { get; } = parent;

    /// <summary>The function that this scope is the body of, or null for blocks and the code itself.</summary>
    public Node? Function { get; } = function;

    /// <summary>Where <c>var</c> declares.</summary>
    public Scope Home => Function is not null || Parent is null ? this : Parent.Home;

    public Binding Declare(string name)
    {
        if (!_names.TryGetValue(name, out var binding))
        {
            _names[name] = binding = new Binding();
        }
        return binding;
    }

    public Binding? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._names.TryGetValue(name, out var binding))
            {
                return binding;
            }
        }
        return null;
    }

    public IEnumerable<Node> Functions()
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.Function is { } function)
            {
                yield return function;
            }
        }
    }
}

internal sealed class Binding
{
    /// <summary>All that is ever assigned to the name: an expression, and the property of it that a pattern takes.</summary>
    public List<Source> Sources { get; } = [];

    public Meaning? Known { get; set; }

    public bool InProgress { get; set; }
}

internal readonly record struct Source(Node Value, string? Property);

/// <summary>What an expression stands for, as far as rules care.</summary>
internal readonly record struct Meaning(Sense Sense, ContextScope Scope = default, Node? Node = null, CallForm Form = CallForm.Plain)
{
    public static Meaning Nothing => default;

    public bool IsNothing => Sense == Sense.Nothing;
}

internal enum Sense
{
    Nothing,
    Context,
    Get,
    Set,
    Keys,
    Interval,
    Timeout,
    Environment,
    EnvironmentGet,
    GlobalThis,
    Message,
    Response,
    Function,
    Object,
}

internal enum CallForm
{
    Plain,

    /// <summary><c>f.call(self, …)</c></summary>
    Call,

    /// <summary><c>f.apply(self, […])</c></summary>
    Apply,

    /// <summary><c>f.bind</c>, not called yet.</summary>
    Bind,
}
