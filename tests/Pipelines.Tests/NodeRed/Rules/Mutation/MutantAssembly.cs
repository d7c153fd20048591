using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed.Rules.Mutation;

/// <summary>
/// <c>Pipelines.NodeRed</c> once more, with all mistakes in it and none of them switched on; and these tests once more, bound to that one.
/// </summary>
internal sealed partial class MutantAssembly
{
    public const string Switch = "global::Mutants";

    // Which mutant this thread runs, which code it came by, and an end for loops that a mutant made endless.
    private const string SwitchCode = """
        internal static class Mutants
        {
            [System.ThreadStatic] private static int s_active;
            [System.ThreadStatic] private static int s_steps;
            [System.ThreadStatic] private static System.Collections.Generic.HashSet<int>? s_seen;

            public static void Run(int mutant, System.Collections.Generic.HashSet<int>? seen) => (s_active, s_steps, s_seen) = (mutant, 0, seen);

            public static bool Is(int number)
            {
                if (++s_steps > 2_000_000) { throw new System.TimeoutException("This mutant does not end."); }
                s_seen?.Add(number);
                return s_active == number;
            }
        }
        """;

    private static readonly CSharpParseOptions Parse = new(LanguageVersion.Latest);
    private readonly Action<int, HashSet<int>?> _run;

    private MutantAssembly(Assembly code, Assembly tests, IReadOnlyList<Mutant> mutants)
    {
        (Tests, Mutants) = (tests, mutants);
        _run = code.GetType("Mutants", throwOnError: true)!.GetMethod("Run")!.CreateDelegate<Action<int, HashSet<int>?>>();
    }

    public Assembly Tests { get; }

    public IReadOnlyList<Mutant> Mutants { get; }

    /// <summary>Mutants whose code is under a folder of the project; what does not compile with its mistake in it is left without.</summary>
    public static MutantAssembly Build(string project, string folder)
    {
        var root = Path.Combine(Golden.Root, project);
        var sources = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("bin/", StringComparison.Ordinal) && !path.StartsWith("obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(path => (path, CSharpSyntaxTree.ParseText(WithoutGenerators(File.ReadAllText(Path.Combine(root, path))), Parse, path).GetRoot()))
            .ToList();
        var without = new HashSet<int>();
        while (true)
        {
            var mutants = new List<Mutant>();
            var next = 1;
            var trees = new List<SyntaxTree>
            {
                CSharpSyntaxTree.ParseText(SwitchCode, Parse),
                CSharpSyntaxTree.ParseText(
                    """
                    global using System; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading;
                    global using System.Threading.Tasks; global using System.Collections.Generic;
                    [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Pipelines.Tests")]
                    """,
                    Parse),
            };
            foreach (var (path, tree) in sources)
            {
                if (!path.StartsWith(folder, StringComparison.Ordinal))
                {
                    trees.Add(tree.SyntaxTree);
                    continue;
                }

                var mutator = new Mutator(path, next, without);
                trees.Add(CSharpSyntaxTree.ParseText(mutator.Visit(tree)!.ToFullString(), Parse, path));
                mutants.AddRange(mutator.Mutants);
                next = mutator.Next;
            }

            var compilation = CSharpCompilation.Create(
                Path.GetFileName(project), trees, References(Path.GetFileName(project)),
                new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, optimizationLevel: OptimizationLevel.Release));
            using var assembly = new MemoryStream();
            var result = compilation.Emit(assembly);
            if (result.Success)
            {
                assembly.Position = 0;
                var context = new Context(assembly, Path.GetFileName(project));
                return new MutantAssembly(context.Code, context.LoadFromAssemblyName(typeof(MutantAssembly).Assembly.GetName()), Numbered(mutants));
            }

            var before = without.Count;
            foreach (var error in result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error))
            {
                without.UnionWith(Behind(error));
            }

            if (without.Count == before)
            {
                throw new InvalidOperationException($"The code does not compile even without mutants: {result.Diagnostics.First(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)}");
            }
        }
    }

    /// <summary>Runs something on this thread with one mutant switched on; 0 is none.</summary>
    /// <returns>The mutants whose code it came by.</returns>
    public IReadOnlySet<int> With(int mutant, Action run)
    {
        var seen = mutant == 0 ? new HashSet<int>() : null;
        _run(mutant, seen);
        try
        {
            run();
        }
        finally
        {
            _run(0, null);
        }

        return seen ?? [];
    }

    // The same text twice in a file is two mutants.
    private static List<Mutant> Numbered(List<Mutant> mutants) =>
        [.. mutants.GroupBy(mutant => mutant.What).SelectMany(same => same.Select((mutant, i) => i == 0 ? mutant : mutant with { What = $"{mutant.What} ({i + 1})" })).OrderBy(mutant => mutant.Number)];

    /// <summary>The mutants that an error comes from: around it, or around where the variable is declared that it finds unassigned.</summary>
    private static IEnumerable<int> Behind(Diagnostic error)
    {
        var root = error.Location.SourceTree!.GetRoot();
        var node = root.FindNode(error.Location.SourceSpan);
        var places = new List<SyntaxNode> { node };
        if (error.Id is "CS0165" or "CS0177")
        {
            var member = node.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().First();
            places.AddRange(member.DescendantNodes().OfType<SingleVariableDesignationSyntax>().Where(designation => designation.Identifier.Text == node.ToString()));
        }

        // The innermost around each place; those further out have their turn when it still does not compile.
        foreach (var place in places)
        {
            var within = place.AncestorsAndSelf().TakeWhile(ancestor => ancestor is not MemberDeclarationSyntax)
                .Select(ancestor => ancestor.DescendantNodes().OfType<InvocationExpressionSyntax>().Select(NumberOf).OfType<int>().ToList())
                .FirstOrDefault(numbers => numbers.Count > 0);
            foreach (var number in within ?? [])
            {
                yield return number;
            }
        }
    }

    private static int? NumberOf(InvocationExpressionSyntax call) =>
        call.Expression.ToString() == $"{Switch}.Is" ? int.Parse(call.ArgumentList.Arguments[0].ToString(), System.Globalization.CultureInfo.InvariantCulture) : null;

    private static IEnumerable<MetadataReference> References(string but) =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) is var name && name != but && !name.StartsWith("Pipelines.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));

    // What source generators would write does not matter to rules: expressions are made at run time, and nothing is logged.
    private static string WithoutGenerators(string source) => LogMethod().Replace(
        RegexMethod().Replace(source, "${access} static System.Text.RegularExpressions.Regex ${name}() => new(${arguments});"),
        "private void ${signature} { }");

    [GeneratedRegex(@"\[GeneratedRegex\((?<arguments>@""([^""]|"""")*"", [^\]]*), 1000\)\]\s+(?<access>private|internal) static partial Regex (?<name>\w+)\(\);", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex RegexMethod();

    [GeneratedRegex(@"\[LoggerMessage\([^\n]*\)\]\s+private partial void (?<signature>[^;]*);", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex LogMethod();

    private sealed class Context : AssemblyLoadContext
    {
        private readonly string _name;

        public Context(Stream code, string name)
        {
            _name = name;
            Code = LoadFromStream(code);
        }

        public Assembly Code { get; }

        protected override Assembly? Load(AssemblyName assemblyName) =>
            assemblyName.Name == _name ? Code
            : assemblyName.Name!.StartsWith("Pipelines.", StringComparison.Ordinal) && Path.Combine(AppContext.BaseDirectory, $"{assemblyName.Name}.dll") is var path && File.Exists(path)
                ? LoadFromAssemblyPath(path)
                : null;
    }
}
