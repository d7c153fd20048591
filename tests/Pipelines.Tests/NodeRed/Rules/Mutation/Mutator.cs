using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Pipelines.Tests.NodeRed.Rules.Mutation;

/// <summary>One small mistake that somebody could make in a rule.</summary>
/// <param name="Number">What switches it on.</param>
/// <param name="What">The file, what was there and what becomes of it: without line numbers, so that it survives edits elsewhere.</param>
internal sealed record Mutant(int Number, string What);

/// <summary>Writes every mistake into the code beside what is right, each behind a switch: one compilation holds all of them.</summary>
internal sealed class Mutator(string file, int first, IReadOnlySet<int> without) : CSharpSyntaxRewriter
{
    public const string Kind = "mutant";
    private int _number = first;

    public List<Mutant> Mutants { get; } = [];

    /// <summary>The number after the last, counting also those that are left out.</summary>
    public int Next => _number;

    // What may not be computed at run time, and what is read by nobody but the compiler.
    public override SyntaxNode? VisitAttributeList(AttributeListSyntax node) => node;

    public override SyntaxNode? VisitParameterList(ParameterListSyntax node) => node;

    // A pattern is of constants.
    public override SyntaxNode? VisitConstantPattern(ConstantPatternSyntax node) => node;

    public override SyntaxNode? VisitCaseSwitchLabel(CaseSwitchLabelSyntax node) => node;

    // A table that is made once is the same for all mutants.
    public override SyntaxNode? VisitFieldDeclaration(FieldDeclarationSyntax node) => node;

    public override SyntaxNode? VisitConstructorDeclaration(ConstructorDeclarationSyntax node) => node;

    public override SyntaxNode? VisitBinaryExpression(BinaryExpressionSyntax node)
    {
        var inner = (BinaryExpressionSyntax)base.VisitBinaryExpression(node)!;
        return node.Kind() switch
        {
            SyntaxKind.LogicalAndExpression => Mutate(node, "without the right side", inner, n => $"({inner.Left}) && ({Is(n)} || {inner.Right})"),
            SyntaxKind.LogicalOrExpression => Mutate(node, "without the right side", inner, n => $"({inner.Left}) || (!{Is(n)} && {inner.Right})"),
            SyntaxKind.EqualsExpression or SyntaxKind.NotEqualsExpression => Mutate(node, "the opposite", inner, n => $"({Is(n)} ^ ({inner}))"),
            SyntaxKind.LessThanExpression => Mutate(node, "<=", inner, n => $"({Is(n)} ? {inner.Left} <= {inner.Right} : {inner})"),
            SyntaxKind.LessThanOrEqualExpression => Mutate(node, "<", inner, n => $"({Is(n)} ? {inner.Left} < {inner.Right} : {inner})"),
            SyntaxKind.GreaterThanExpression => Mutate(node, ">=", inner, n => $"({Is(n)} ? {inner.Left} >= {inner.Right} : {inner})"),
            SyntaxKind.GreaterThanOrEqualExpression => Mutate(node, ">", inner, n => $"({Is(n)} ? {inner.Left} > {inner.Right} : {inner})"),
            _ => inner,
        };
    }

    public override SyntaxNode? VisitPrefixUnaryExpression(PrefixUnaryExpressionSyntax node)
    {
        var inner = (PrefixUnaryExpressionSyntax)base.VisitPrefixUnaryExpression(node)!;
        return node.IsKind(SyntaxKind.LogicalNotExpression) ? Mutate(node, "the opposite", inner, n => $"({Is(n)} ^ {inner})") : inner;
    }

    public override SyntaxNode? VisitIsPatternExpression(IsPatternExpressionSyntax node)
    {
        var inner = base.VisitIsPatternExpression(node)!;
        return Mutate(node, "the opposite", (ExpressionSyntax)inner, n => $"({Is(n)} ^ ({inner}))");
    }

    public override SyntaxNode? VisitLiteralExpression(LiteralExpressionSyntax node) => node.Kind() switch
    {
        SyntaxKind.TrueLiteralExpression => Mutate(node, "false", node, n => $"!{Is(n)}"),
        SyntaxKind.FalseLiteralExpression => Mutate(node, "true", node, Is),
        _ => node,
    };

    public override SyntaxNode? VisitInvocationExpression(InvocationExpressionSyntax node)
    {
        var inner = (InvocationExpressionSyntax)base.VisitInvocationExpression(node)!;
        return node.Expression is MemberAccessExpressionSyntax { Name.Identifier.Text: var name } && name is "Any" or "All" or "Contains" or "StartsWith" or "EndsWith" or "TryGetValue"
            ? Mutate(node, "the opposite", inner, n => $"({Is(n)} ^ {inner})")
            : inner;
    }

    public override SyntaxNode? VisitExpressionStatement(ExpressionStatementSyntax node) =>
        MutateStatement(node, (StatementSyntax)base.VisitExpressionStatement(node)!);

    public override SyntaxNode? VisitYieldStatement(YieldStatementSyntax node) =>
        MutateStatement(node, (StatementSyntax)base.VisitYieldStatement(node)!);

    public override SyntaxNode? VisitContinueStatement(ContinueStatementSyntax node) => MutateStatement(node, node);

    private static string Is(int number) => $"{MutantAssembly.Switch}.Is({number})";

    private static string Short(SyntaxNode node)
    {
        var text = string.Join(' ', node.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length > 90 ? text[..90] + "…" : text;
    }

    private ExpressionSyntax Mutate(SyntaxNode original, string how, ExpressionSyntax otherwise, Func<int, string> code)
    {
        var number = _number++;
        // A variable that is declared in a condition is only there for who relies on it.
        if (without.Contains(number) || original.DescendantNodes().Any(node => node is SingleVariableDesignationSyntax))
        {
            return otherwise;
        }

        Mutants.Add(new Mutant(number, $"{file}: {Short(original)} → {how}"));
        return SyntaxFactory.ParseExpression(code(number)).WithTriviaFrom(otherwise);
    }

    private StatementSyntax MutateStatement(StatementSyntax original, StatementSyntax otherwise)
    {
        var number = _number++;
        if (without.Contains(number) || original.ChildNodes().Any(node => node is AssignmentExpressionSyntax { Left: DeclarationExpressionSyntax or TupleExpressionSyntax }))
        {
            return otherwise;
        }

        Mutants.Add(new Mutant(number, $"{file}: {Short(original)} → left out"));
        return SyntaxFactory.ParseStatement($"if (!{Is(number)}) {{ {otherwise} }}\n");
    }
}
