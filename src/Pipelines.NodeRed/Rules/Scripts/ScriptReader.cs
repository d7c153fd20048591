using Acornima;
using Acornima.Ast;

namespace Pipelines.NodeRed.Rules.Scripts;

/// <summary>
/// Reads function code with a JavaScript parser. Names are followed through aliases, patterns, parameters and object literals; what
/// cannot be followed is left alone. Nothing here recurses over the tree: people generate code, and generated code is deep.
/// </summary>
internal sealed class ScriptReader
{
    private const int MaxSteps = 64;

    // Names that lead to names in two ways each would multiply without end.
    private const int MaxEvaluations = 200_000;
    private const int MaxCallsSearched = 2_000;

    // Code without any of these words does nothing that a rule looks for; an escape could spell one.
    private static readonly string[] Words = ["flow", "global", "context", "setInterval", "setTimeout", ".res", "env", "\\u"];

    // As in a function node: the code is the body of an async function.
    private static readonly ParserOptions Options = new()
    {
        AllowReturnOutsideFunction = true,
        AllowAwaitOutsideFunction = true,
        AllowNewTargetOutsideFunction = true,
    };

    private readonly Scope _root = new(null, null);
    private readonly List<(CallExpression Call, Scope Scope)> _calls = [];
    private readonly List<(Node Target, Node Value, string? Property, Scope Scope)> _assignments = [];
    private readonly List<ScriptContextCall> _contextCalls = [];
    private readonly List<ScriptLoop> _loops = [];
    private readonly List<ScriptEnvironmentRead> _reads = [];
    private bool _responds;
    private int _evaluations;

    private ScriptReader() { }

    public static ScriptFacts Read(string code)
    {
        if (!Words.Any(word => code.Contains(word, StringComparison.Ordinal)))
        {
            return ScriptFacts.None;
        }
        try
        {
            return new ScriptReader().ReadTree(new Parser(Options).ParseScript(code));
        }
        catch (ParseErrorException e)
        {
            return new ScriptFacts { Trouble = new ScriptTrouble(e.Description ?? "it is not JavaScript", Math.Max(1, e.LineNumber), Math.Max(1, e.Column + 1)) };
        }
        catch (InsufficientExecutionStackException)
        {
            return new ScriptFacts { Trouble = new ScriptTrouble("it is nested too deeply", 1, 1) };
        }
    }

    private ScriptFacts ReadTree(Script script)
    {
        Declare(script);
        Assign();
        PassArguments();
        foreach (var (call, scope) in _calls)
        {
            Look(call, scope);
        }
        return new ScriptFacts { ContextCalls = _contextCalls, Loops = _loops, EnvironmentReads = _reads, Responds = _responds };
    }

    // First walk: scopes, declarations, and a list of what is to be looked at. Every identifier remembers its scope.
    private void Declare(Script script)
    {
        var responses = new List<MemberExpression>();
        var waiting = new Stack<(Node Node, Scope Scope)>();
        waiting.Push((script, _root));
        while (waiting.TryPop(out var next))
        {
            var (node, scope) = next;
            node.UserData = scope;
            switch (node)
            {
                case FunctionDeclaration { Id: { } name } function:
                    scope.Home.Declare(name.Name).Sources.Add(new Source(function, null));
                    scope = Inside(function, scope);
                    break;
                case IFunction function:
                    scope = Inside(function, scope);
                    break;
                case ClassDeclaration { Id: { } name }:
                    scope.Declare(name.Name);
                    break;
                case BlockStatement or ForStatement or ForInStatement or ForOfStatement or SwitchStatement:
                    scope = new Scope(scope, null);
                    break;
                case CatchClause caught:
                    scope = new Scope(scope, null);
                    if (caught.Param is not null)
                    {
                        DeclareNames(caught.Param, scope);
                    }
                    break;
                case VariableDeclaration declaration:
                    foreach (var declarator in declaration.Declarations)
                    {
                        var home = declaration.Kind == VariableDeclarationKind.Var ? scope.Home : scope;
                        DeclareNames(declarator.Id, home);
                        if (declarator.Init is { } value)
                        {
                            _assignments.Add((declarator.Id, value, null, home));
                        }
                    }
                    break;
                case AssignmentExpression assignment:
                    _assignments.Add((assignment.Left, assignment.Right, null, scope));
                    break;
                case CallExpression call:
                    _calls.Add((call, scope));
                    break;
                case MemberExpression { Object: MemberExpression inner } when NameOf(inner) == "res":
                    responses.Add(inner);
                    break;
            }
            foreach (var child in node.ChildNodes)
            {
                if (child is not null)
                {
                    waiting.Push((child, scope));
                }
            }
        }
        // The stack gives the last call first; findings are read from the top.
        _calls.Sort((a, b) => a.Call.Start.CompareTo(b.Call.Start));
        _responds = responses.Exists(inner => Evaluate(inner.Object, 0).Sense == Sense.Message);
    }

    private static Scope Inside(IFunction function, Scope scope)
    {
        var inner = new Scope(scope, function.Node);
        if (function is FunctionExpression { Id: { } own })
        {
            inner.Declare(own.Name).Sources.Add(new Source(function.Node, null));
        }
        foreach (var parameter in function.Params)
        {
            DeclareNames(parameter, inner);
        }
        return inner;
    }

    private static void DeclareNames(Node pattern, Scope scope)
    {
        foreach (var (name, _) in Names(pattern))
        {
            scope.Declare(name.Name);
        }
    }

    private static IEnumerable<(Identifier Name, string? Property)> Names(Node pattern)
    {
        var waiting = new Stack<(Node? Node, string? Property, bool Inner)>();
        waiting.Push((pattern, null, false));
        while (waiting.TryPop(out var next))
        {
            switch (next.Node)
            {
                case Identifier name:
                    yield return (name, next.Property);
                    break;
                case AssignmentPattern with:
                    waiting.Push((with.Left, next.Property, next.Inner));
                    break;
                case RestElement rest:
                    waiting.Push((rest.Argument, "", true));
                    break;
                case ObjectPattern pieces:
                    foreach (var piece in pieces.Properties)
                    {
                        // Only one level of a pattern is followed; deeper names are declared, and mean nothing.
                        waiting.Push(piece is Property { Value: var value } property
                            ? (value, next.Inner ? "" : KeyOf(property) ?? "", true)
                            : (piece, "", true));
                    }
                    break;
                case ArrayPattern items:
                    foreach (var item in items.Elements)
                    {
                        waiting.Push((item, "", true));
                    }
                    break;
            }
        }
    }

    private void Assign()
    {
        foreach (var (target, value, _, scope) in _assignments)
        {
            foreach (var (name, property) in Names(target))
            {
                // A name that nobody declared becomes a variable of the code when it is assigned.
                (scope.Find(name.Name) ?? _root.Declare(name.Name)).Sources.Add(new Source(value, property));
            }
        }
    }

    // helper(flow): the parameter stands for what is passed.
    private void PassArguments()
    {
        foreach (var (call, scope) in _calls)
        {
            var function = call.Callee switch
            {
                Identifier name => scope.Find(name.Name)?.Sources.Select(source => source.Value).FirstOrDefault(value => value is IFunction),
                IFunction inline => inline.Node,
                _ => null,
            };
            if (function is not IFunction called)
            {
                continue;
            }
            for (var i = 0; i < Math.Min(called.Params.Count, call.Arguments.Count); i++)
            {
                var inner = called.Body.UserData as Scope;
                foreach (var (name, property) in Names(called.Params[i]))
                {
                    inner?.Find(name.Name)?.Sources.Add(new Source(call.Arguments[i], property));
                }
            }
        }
    }

    private void Look(CallExpression call, Scope scope)
    {
        var meaning = Evaluate(call.Callee, 0);
        var arguments = Arguments(call, meaning.Form);
        var (line, column) = (call.Location.Start.Line, call.Location.Start.Column + 1);
        switch (meaning.Sense)
        {
            case Sense.Get or Sense.Set or Sense.Keys when meaning.Form != CallForm.Bind:
                AddContextCalls(meaning, arguments, line, column);
                break;
            case Sense.Interval when meaning.Form != CallForm.Bind:
                _loops.Add(new ScriptLoop("setInterval", line, column));
                break;
            case Sense.Timeout when arguments.Count > 0 && StartsItselfAgain(arguments[0], scope):
                _loops.Add(new ScriptLoop("setTimeout, again and again", line, column));
                break;
            case Sense.EnvironmentGet when arguments.Count > 0 && Text(arguments[0], 0) is { Length: > 0 } name:
                _reads.Add(new ScriptEnvironmentRead(name, line, column));
                break;
        }
    }

    private void AddContextCalls(Meaning meaning, IReadOnlyList<Expression> arguments, int line, int column)
    {
        var verb = meaning.Sense switch { Sense.Set => ContextVerb.Set, Sense.Keys => ContextVerb.Keys, _ => ContextVerb.Get };
        var storeAt = verb switch { ContextVerb.Set => 2, ContextVerb.Get => 1, _ => 0 };
        var store = arguments.Count > storeAt ? Text(arguments[storeAt], 0) : null;
        var keeps = verb == ContextVerb.Set && arguments.Count > 1 && HoldsRequest(arguments[1]);
        IEnumerable<string?> keys = verb == ContextVerb.Keys || arguments.Count == 0 ? [null]
            : arguments[0] is ArrayExpression list ? list.Elements.Select(item => Key(item))
            : [Key(arguments[0])];
        foreach (var key in keys)
        {
            var (root, inner) = ContextKey.Split(key);
            _contextCalls.Add(new ScriptContextCall(meaning.Scope, verb, root, inner ?? store, keeps, line, column));
        }
    }

    private bool StartsItselfAgain(Expression callback, Scope scope)
    {
        var around = scope.Functions().ToHashSet();
        if (Evaluate(callback, 0) is not { Sense: Sense.Function, Node: { } function })
        {
            return false;
        }
        return around.Contains(function)
            || _calls.Count <= MaxCallsSearched && _calls.Exists(other => other.Scope.Functions().Contains(function)
                && Evaluate(other.Call.Callee, 0) is { Sense: Sense.Function, Node: { } called } && around.Contains(called));
    }

    private bool HoldsRequest(Expression value)
    {
        var waiting = new Stack<Node?>([value]);
        while (waiting.TryPop(out var node))
        {
            switch (node)
            {
                case ObjectExpression or ArrayExpression or SpreadElement:
                    foreach (var child in node.ChildNodes)
                    {
                        waiting.Push(child);
                    }
                    break;
                case Property property:
                    waiting.Push(property.Value);
                    break;
                case CallExpression { Callee: MemberExpression { Property: Identifier { Name: "cloneMessage" } } } clone:
                    waiting.Push(clone.Arguments.Count > 0 ? clone.Arguments[0] : null);
                    break;
                case Expression expression when Evaluate(expression, 0).Sense is Sense.Message or Sense.Response:
                    return true;
            }
        }
        return false;
    }

    private static IReadOnlyList<Expression> Arguments(CallExpression call, CallForm form) => form switch
    {
        CallForm.Call => [.. call.Arguments.Skip(1)],
        CallForm.Apply => call.Arguments.Count > 1 && call.Arguments[1] is ArrayExpression list ? [.. list.Elements.OfType<Expression>()] : [],
        _ => [.. call.Arguments],
    };

    private Meaning Evaluate(Node? node, int steps)
    {
        if (steps > MaxSteps || ++_evaluations > MaxEvaluations)
        {
            return Meaning.Nothing;
        }
        switch (node)
        {
            case Identifier name:
                return (name.UserData as Scope ?? _root).Find(name.Name) is { } binding ? Evaluate(binding, steps) : Free(name.Name);
            case IFunction function:
                return new Meaning(Sense.Function, Node: function.Node);
            case ObjectExpression literal:
                return new Meaning(Sense.Object, Node: literal);
            case ChainExpression chain:
                return Evaluate(chain.Expression, steps + 1);
            case ParenthesizedExpression inner:
                return Evaluate(inner.Expression, steps + 1);
            case AwaitExpression awaited:
                return Evaluate(awaited.Argument, steps + 1);
            case SequenceExpression sequence:
                return Evaluate(sequence.Expressions[^1], steps + 1);
            case AssignmentExpression assignment:
                return Evaluate(assignment.Right, steps + 1);
            case ConditionalExpression either:
                return Evaluate(either.Consequent, steps + 1) is { IsNothing: false } first ? first : Evaluate(either.Alternate, steps + 1);
            case LogicalExpression logical:
                return Evaluate(logical.Left, steps + 1) is { IsNothing: false } left ? left : Evaluate(logical.Right, steps + 1);
            case CallExpression { Callee: var callee } call when Evaluate(callee, steps + 1) is { Form: CallForm.Bind } bound:
                // What bind() fixes beyond the first argument is not followed.
                return call.Arguments.Count <= 1 ? bound with { Form = CallForm.Plain } : Meaning.Nothing;
            case MemberExpression member:
                return NameOf(member) is { } property ? Member(Evaluate(member.Object, steps + 1), property, steps) : Meaning.Nothing;
            default:
                return Meaning.Nothing;
        }
    }

    private Meaning Evaluate(Binding binding, int steps)
    {
        if (binding.Known is { } known)
        {
            return known;
        }
        if (binding.InProgress)
        {
            return Meaning.Nothing;
        }
        binding.InProgress = true;
        var found = Meaning.Nothing;
        foreach (var source in binding.Sources)
        {
            var value = Evaluate(source.Value, steps + 1);
            found = source.Property is null ? value : Member(value, source.Property, steps);
            if (!found.IsNothing)
            {
                break;
            }
        }
        binding.InProgress = false;
        // Far down the answer may only be a matter of patience, and is not remembered.
        if (steps == 0 || !found.IsNothing)
        {
            binding.Known = found;
        }
        return found;
    }

    private static Meaning Free(string name) => name switch
    {
        "flow" => new Meaning(Sense.Context, ContextScope.Flow),
        "global" => new Meaning(Sense.Context, ContextScope.Global),
        "context" => new Meaning(Sense.Context, ContextScope.Node),
        "env" => new Meaning(Sense.Environment),
        "setInterval" => new Meaning(Sense.Interval),
        "setTimeout" => new Meaning(Sense.Timeout),
        "globalThis" => new Meaning(Sense.GlobalThis),
        "msg" => new Meaning(Sense.Message),
        _ => Meaning.Nothing,
    };

    private Meaning Member(Meaning of, string property, int steps) => (of.Sense, property) switch
    {
        (Sense.Context, "get") => of with { Sense = Sense.Get },
        (Sense.Context, "set") => of with { Sense = Sense.Set },
        (Sense.Context, "keys") => of with { Sense = Sense.Keys },
        (Sense.Context, "flow") when of.Scope == ContextScope.Node => of with { Scope = ContextScope.Flow },
        (Sense.Context, "global") when of.Scope == ContextScope.Node => of with { Scope = ContextScope.Global },
        (Sense.Environment, "get") => new Meaning(Sense.EnvironmentGet),
        (Sense.GlobalThis, "msg") => Meaning.Nothing,
        (Sense.GlobalThis, _) => Free(property),
        (Sense.Message, "res") => new Meaning(Sense.Response),
        (Sense.Get or Sense.Set or Sense.Keys or Sense.Interval or Sense.Timeout or Sense.EnvironmentGet, "call") => of with { Form = CallForm.Call },
        (Sense.Get or Sense.Set or Sense.Keys or Sense.Interval or Sense.Timeout or Sense.EnvironmentGet, "apply") => of with { Form = CallForm.Apply },
        (Sense.Get or Sense.Set or Sense.Keys or Sense.Interval or Sense.Timeout or Sense.EnvironmentGet, "bind") => of with { Form = CallForm.Bind },
        (Sense.Object, _) => ((ObjectExpression)of.Node!).Properties.OfType<Property>().LastOrDefault(x => KeyOf(x) == property) is { } found
            ? Evaluate(found.Value, steps + 1)
            : Meaning.Nothing,
        _ => Meaning.Nothing,
    };

    private static string? NameOf(MemberExpression member) => member.Computed ? Text(member.Property, 0) : (member.Property as Identifier)?.Name;

    private static string? KeyOf(Property property) => property.Key switch
    {
        Identifier name when !property.Computed => name.Name,
        StringLiteral text => text.Value,
        _ => null,
    };

    // `orders.${id}` is made at run time, but what the context holds is orders.
    private static string? Key(Node? node) => Text(node, 0) ?? (Head(node, 0) is { } head && head.AsSpan().IndexOfAny('.', '[') > 0 ? head : null);

    /// <summary>What the text of an expression always begins with, or null.</summary>
    private static string? Head(Node? node, int steps) => steps > MaxSteps ? null : node switch
    {
        TemplateLiteral { Quasis: [var first, ..] } => first.Value.Cooked,
        NonLogicalBinaryExpression { Operator: Operator.Addition } sum => Text(sum.Left, steps + 1) ?? Head(sum.Left, steps + 1),
        Identifier name when (name.UserData as Scope)?.Find(name.Name) is { Sources: [{ Property: null } only] } => Head(only.Value, steps + 1),
        _ => null,
    };

    /// <summary>The text that an expression always has, or null.</summary>
    private static string? Text(Node? node, int steps)
    {
        if (steps > MaxSteps)
        {
            return null;
        }
        switch (node)
        {
            case StringLiteral text:
                return text.Value;
            case TemplateLiteral template:
                var parts = template.Expressions.Select(part => Text(part, steps + 1)).ToList();
                return parts.Contains(null) ? null : string.Concat(template.Quasis.Select((quasi, i) => quasi.Value.Cooked + (i < parts.Count ? parts[i] : "")));
            case NonLogicalBinaryExpression { Operator: Operator.Addition } sum:
                return Text(sum.Left, steps + 1) is { } left && Text(sum.Right, steps + 1) is { } right ? left + right : null;
            case ParenthesizedExpression inner:
                return Text(inner.Expression, steps + 1);
            case Identifier name when (name.UserData as Scope)?.Find(name.Name) is { Sources: [{ Property: null } only] }:
                return Text(only.Value, steps + 1);
            default:
                return null;
        }
    }
}
